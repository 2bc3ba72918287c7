.skill mean             # the sum of a vector, divided by its length and truncated
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, m, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        mov  m, left
@next:  jle  left, @done
        ld   x_i, x_at
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  div  r, m
        st   y, r
.endskill
