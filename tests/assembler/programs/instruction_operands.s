mov 1           # error: mov takes 2 operands (address of a cell; address of a cell), found 1 at 1
mov 1, 2, 3     # error: mov takes 2 operands (address of a cell; address of a cell), found 3 at 11
halt 1          # error: halt takes no operands, found 1 at 6
jmp             # error: jmp takes 1 operand (address to jump to), found 0 at 1
subleq 1        # error: subleq takes two or three cells at 1
mov 1, "x"      # error: expected a number, found a string at 8
