.skill alternating_sum  # the sum of a vector with signs that alternate, the first being plus
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, s, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        mov  s, =1
@next:  jle  left, @done
        ld   x_i, x_at
        mul  x_i, s
        add  r, x_i
        neg  s, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
