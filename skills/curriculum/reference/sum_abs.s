.skill sum_abs          # the sum of the absolute values of a vector
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i, u
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  u, x_i
        neg  u, u
        max  x_i, u
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
