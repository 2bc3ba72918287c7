.skill perceptron_pass  # the perceptron rule: weights and bias after a pass over examples, from given ones on
    .input d, v, x, t, rate
    .output w, b
    .constant m, n
    .scratch left, u_at, v_at, data, row, t_at, r, w_at, x_at, p, u, e
        ld   left, n
        mov  u_at, w
        mov  v_at, v
@copy:  jle  left, @start
        ld   u, v_at
        st   u_at, u
        fadd u_at, w.stride
        fadd v_at, v.stride
        addi left, -1
        jmp  @copy
@start: ld   u, d
        st   b, u
        ld   data, m
        mov  row, x
        mov  t_at, t
@example: jle  data, @passed
        movi r, 0
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@sum:   jle  left, @decide
        ld   p, w_at
        ld   u, x_at
        fmul p, u
        fadd r, p
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @sum
@decide: ld   p, b
        fadd r, p
        movi p, 0
        jle  r, @predicted
        movi p, 1
@predicted: ld   e, t_at
        fsub e, p
        ld   p, rate
        fmul e, p
        ld   p, b
        fadd p, e
        st   b, p
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@next:  jle  left, @learnt
        ld   u, x_at
        fmul u, e
        ld   p, w_at
        fadd p, u
        st   w_at, p
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@learnt: mov  row, x_at
        fadd t_at, t.stride
        addi data, -1
        jmp  @example
@passed: return
.endskill
