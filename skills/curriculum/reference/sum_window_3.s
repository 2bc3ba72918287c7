.skill sum_window_3     # the sum of each number of a vector and the two before
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, r, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        add  y_i, s
        add  y_i, r
        mov  r, s
        mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
