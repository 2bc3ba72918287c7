.skill parity_of_bits   # 1 if the number of ones among bits is odd, else 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        xor  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
