.skill Parity_Last2     # the parity of the last 2 bits; missing ones are 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, p1, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi p1, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        xor  y_i, p1
        mov  p1, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
