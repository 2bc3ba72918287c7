@a: jmp @a          # cells: jmp 0 0
one: @a: jmp @a     # cells: jmp 0 3
two: @a: jmp @a     # cells: jmp 0 6
     jmp one@a      # cells: jmp 0 3
     0 mid:0 @a     # cells: 0 0 6
# symbols: _@a=0 one@a=3 two@a=6 mid=13
