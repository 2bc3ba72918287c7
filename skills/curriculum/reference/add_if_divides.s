.skill add_if_divides   # a sum, and a positive number too if that divides another one
    .input s, d, n
    .output y
    .scratch c, v, u
        ld   c, s
        ld   v, n
        ld   u, d
        mod  v, u
        jle  v, @add
        jmp  @put
@add:   add  c, u
@put:   st   y, c
.endskill
