.skill zero_count       # the number of zeros among bits
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        xor  x_i, =1
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
