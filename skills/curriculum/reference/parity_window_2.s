.skill parity_window_2  # the exclusive or of each bit and the one before
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        xor  y_i, s
        mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
