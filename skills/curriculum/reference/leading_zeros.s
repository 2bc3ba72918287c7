.skill leading_zeros    # how many zeros come before the first one among bits
    .input x
    .output y
    .constant n
    .scratch left, x_at, x_i, r
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        jle  x_i, @zero
        jmp  @done
@zero:  addi r, 1
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
