.require fdiv

.skill real_mean        # the mean of a vector of reals
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
        fadd r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  .invoke fdiv, r, m, r
        st   y, r
.endskill
