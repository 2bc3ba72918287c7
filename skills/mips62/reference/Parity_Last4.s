.skill Parity_Last4     # the parity of the last 4 bits; missing ones are 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, p1, p2, p3, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi p1, 0
        movi p2, 0
        movi p3, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        xor  y_i, p1
        xor  y_i, p2
        xor  y_i, p3
        mov  p3, p2
        mov  p2, p1
        mov  p1, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
