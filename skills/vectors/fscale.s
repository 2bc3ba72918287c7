.require ffill, fmark, fstripe

.skill fscale           # y <- a x, element by element
    .input a, x
    .output y
    .constant n
    .scratch left, from, to, factor, value
        ld   left, n
        ld   factor, a
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        fmul value, factor
        st   to, value
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # x as the first column, then a on the diagonal
    .scratch size, step, to
        ld   step, n
        fadd step, =1
        ld   size, n
        fmul size, step
        .invoke ffill, =0, jacobian, size
        .invoke fstripe, x, jacobian, n, step
        fadd step, =1
        mov  to, jacobian
        fadd to, jacobian.stride
        .invoke fmark, a, jacobian:to, n, step
.endskill
