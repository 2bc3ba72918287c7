.skill count_if_divides # a count, and 1 if one positive number divides another
    .input k, d, n
    .output y
    .scratch c, v, u
        ld   c, k
        ld   v, n
        ld   u, d
        mod  v, u
        jle  v, @add
        jmp  @put
@add:   addi c, 1
@put:   st   y, c
.endskill
