.width 12   # error: .width takes one of 8, 16, 32 at 8
0 0
