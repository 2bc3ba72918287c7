.skill smooth           # exponential smoothing: the state moves towards each number by a rate; it starts at 0
    .input x, rate
    .output y
    .constant n
    .scratch left, x_at, y_at, s, k, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        ld   k, rate
@next:  jle  left, @done
        ld   x_i, x_at
        fsub x_i, s
        fmul x_i, k
        fadd s, x_i
        mov  y_i, s
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
