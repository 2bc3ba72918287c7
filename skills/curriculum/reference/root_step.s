.skill root_step        # a number, or the next one where the square of that is not above a bound
    .input r, n
    .output y
    .scratch v, u, w
        ld   v, r
        mov  u, v
        addi u, 1
        mov  w, u
        mul  w, w
        ld   v, n
        fcmp w, v
        ld   v, r
        jle  w, @more
        jmp  @put
@more:  mov  v, u
@put:   st   y, v
.endskill
