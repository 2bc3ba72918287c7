.skill real_sum         # the sum of a vector of reals
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        fadd r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
