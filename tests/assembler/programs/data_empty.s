.   # error: expected an expression or a string or a label, found the end of the line at 2
0
