.skill perceptron_predict # 1 if the products of weights and inputs, with a bias, sum up to more than 0, else 0
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
        movi v, 0
        jle  r, @put
        movi v, 1
@put:   st   y, v
.endskill
