.skill perceptron_train # the perceptron rule: weights and bias after several passes over examples, from zeros on
    .input x, t, rate, epochs
    .output w, b
    .constant m, n
    .scratch left, u_at, rounds, data, row, t_at, r, w_at, x_at, v, u, e
        ld   left, n
        mov  u_at, w
@clear: jle  left, @start
        st   u_at, =0
        fadd u_at, w.stride
        addi left, -1
        jmp  @clear
@start: st   b, =0
        ld   rounds, epochs
@round: jle  rounds, @done
        ld   data, m
        mov  row, x
        mov  t_at, t
@example: jle  data, @passed
        movi r, 0
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@sum:   jle  left, @decide
        ld   v, w_at
        ld   u, x_at
        fmul v, u
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
@predicted: ld   e, t_at
        fsub e, v
        ld   v, rate
        fmul e, v
        ld   v, b
        fadd v, e
        st   b, v
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@next:  jle  left, @learnt
        ld   u, x_at
        fmul u, e
        ld   v, w_at
        fadd v, u
        st   w_at, v
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@learnt: mov  row, x_at
        fadd t_at, t.stride
        addi data, -1
        jmp  @example
@passed: addi rounds, -1
        jmp  @round
@done:  return
.endskill
