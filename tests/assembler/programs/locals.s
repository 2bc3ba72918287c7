one: @a: jmp @a     # cells: jmp 0 0
two: @a: jmp @a     # cells: jmp 0 3
     p: . @a        # error: undefined local label '@a' at 11
