.skill remainders       # what is left after each digit of a binary number, the highest first, where it is divided by a number
    .input x, k
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, r, q
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi r, 0
        ld   q, k
@next:  jle  left, @done
        ld   x_i, x_at
        add  r, r
        add  r, x_i
        mod  r, q
        mov  y_i, r
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
