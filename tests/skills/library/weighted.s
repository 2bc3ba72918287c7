# y <- w . x + b, with integer n; y and z = 2 y in turn, to have two outputs.
.skill weighted
    .input x
    .output y, z
    .constant n
    .weight w, b
    .scratch left, from, to, a, c, sum
        ld   sum, b
        mov  from, x
        mov  to, w
        ld   left, n
@loop:  jle  left, @done
        ld   a, from
        ld   c, to
        fmul a, c
        fadd sum, a
        fadd from, x.stride
        fadd to, w.stride
        addi left, -1
        jmp  @loop
@done:  st   y, sum
        fadd sum, sum
        st   z, sum
        return
    .jacobian
    .scratch left, from, at, a, twice, row
        mov  at, jacobian      # the row of y is that of z without the factor
        movi row, 1
@rows:  mov  from, w
        ld   left, n
@ofx:   jle  left, @ofx_done
        ld   a, from
        fmul a, row
        st   at, a
        fadd at, jacobian.stride
        fadd from, w.stride
        addi left, -1
        jmp  @ofx
@ofx_done:
        mov  from, x
        ld   left, n
@ofw:   jle  left, @ofw_done
        ld   a, from
        fmul a, row
        st   at, a
        fadd at, jacobian.stride
        fadd from, x.stride
        addi left, -1
        jmp  @ofw
@ofw_done:
        st   at, row
        fadd at, jacobian.stride
        addi row, 1
        mov  twice, row
        addi twice, -2
        jle  twice, @rows
        return
.endskill
