.skill count_if_less    # a count, and 1 if one number is less than another
    .input k, a, b
    .output y
    .scratch c, v, u
        ld   c, k
        ld   v, a
        ld   u, b
        sub  v, u
        jlt  v, @one
        jmp  @put
@one:   addi c, 1
@put:   st   y, c
.endskill
