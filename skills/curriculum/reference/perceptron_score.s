.skill perceptron_score # the products of weights and inputs, summed up, plus a bias
    .input x
    .output y
    .constant n
    .weight w, b
    .scratch left, w_at, x_at, r, w_i, x_i, v
        ld   left, n
        mov  w_at, w
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   w_i, w_at
        ld   x_i, x_at
        fmul w_i, x_i
        fadd r, w_i
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  ld   v, b
        fadd r, v
        st   y, r
.endskill
