.skill level            # the lowest sum of the first numbers of a vector, one at least, and the sum of all
    .input x
    .output lowest, last
    .constant n
    .scratch left, x_at, x_i, s, m
        ld   left, n
        mov  x_at, x
        movi s, 0
        ld   m, x
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        min  m, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   lowest, m
        st   last, s
.endskill
