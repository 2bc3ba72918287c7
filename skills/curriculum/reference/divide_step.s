.skill divide_step      # one step of a division by subtraction, where the divisor still fits into the remainder: 1 more, and that much less
    .input q, r, b
    .output p, s
    .scratch v, u, w
        ld   w, q
        ld   v, r
        ld   u, b
        sub  v, u
        jlt  v, @less
        addi w, 1
        jmp  @put
@less:  add  v, u
@put:   st   p, w
        st   s, v
.endskill
