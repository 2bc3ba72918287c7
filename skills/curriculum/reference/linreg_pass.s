.skill linreg_pass      # a step of gradient descent on each example in turn
    .input v, x, t, rate
    .output w
    .constant m, n
    .scratch left, u_at, v_at, f, data, row, t_at, r, w_at, x_at, u, e
        ld   left, n
        mov  u_at, w
        mov  v_at, v
@clear: jle  left, @start
        ld   f, v_at
        st   u_at, f
        fadd v_at, v.stride
        fadd u_at, w.stride
        addi left, -1
        jmp  @clear
@start:
        ld   data, m
        mov  row, x
        mov  t_at, t
@example: jle  data, @passed
        movi r, 0
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@sum:   jle  left, @step
        ld   f, w_at
        ld   u, x_at
        fmul f, u
        fadd r, f
        fadd w_at, w.stride
        fadd x_at, x.stride
        addi left, -1
        jmp  @sum
@step:  ld   e, t_at
        fsub e, r
        ld   f, rate
        fmul e, f
        ld   left, n
        mov  w_at, w
        mov  x_at, row
@next:  jle  left, @learnt
        ld   u, x_at
        fmul u, e
        ld   f, w_at
        fadd f, u
        st   w_at, f
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
