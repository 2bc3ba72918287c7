.cells             # error: .cells takes at least one number at 1
.reals "x"         # error: expected a number, found a string at 8
