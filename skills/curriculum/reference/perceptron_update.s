.skill perceptron_update # w + rate (t - prediction) x
    .input x, t, rate
    .output u, c
    .constant n
    .weight w, b
    .scratch r, left, w_at, x_at, v, f, e, u_at
        movi r, 0
        ld   left, n
        mov  w_at, w
        mov  x_at, x
@sum:   jle  left, @decide
        ld   v, w_at
        ld   f, x_at
        fmul v, f
        fadd r, v
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @sum
@decide: ld   v, b
        fadd r, v
        movi v, 0
        jle  r, @predicted
        movi v, 1
@predicted: ld   e, t
        fsub e, v
        ld   v, rate
        fmul e, v
        ld   v, b
        fadd v, e
        st   c, v
        ld   left, n
        mov  w_at, w
        mov  x_at, x
        mov  u_at, u
@next:  jle  left, @done
        ld   f, x_at
        fmul f, e
        ld   v, w_at
        fadd v, f
        st   u_at, v
        fadd w_at, w.stride
        fadd x_at, x.stride
        fadd u_at, u.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
