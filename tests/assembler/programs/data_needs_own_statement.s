x: . 0 y: . 0   # error: expected an expression or a string, found '.' at 11
# hint: a directive starts a statement
