.skill count_if_equal   # a count, and 1 if two numbers are equal
    .input k, a, b
    .output y
    .scratch c, v, u
        ld   c, k
        ld   v, a
        ld   u, b
        sub  v, u
        jeq  v, @one
        jmp  @put
@one:   addi c, 1
@put:   st   y, c
.endskill
