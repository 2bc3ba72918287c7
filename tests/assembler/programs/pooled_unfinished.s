. 1 =          # error: expected an expression, found the end of the line at 6
