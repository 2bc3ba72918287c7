.require faxpy, ffill, fmark

.skill gradient_step    # w <- w - rate g, element by element
    .input g, rate
    .output w
    .constant n
    .scratch factor
        ld   factor, rate
        fmul factor, =-1
        .invoke faxpy, factor, g, w, n
    .jacobian               # -rate on the diagonal, then -g as the last column
    .scratch left, from, to, value, step
        ld   step, n
        fadd step, =1
        ld   value, n
        fmul value, step
        .invoke ffill, =0, jacobian, value
        mov  from, step
        fadd from, =1
        ld   value, rate
        fmul value, =-1
        .invoke fmark, value, jacobian, n, from
        ld   left, n
        mov  to, left
        fmul to, jacobian.stride
        fadd to, jacobian
        fmul step, jacobian.stride
        mov  from, g
@next:  jle  left, @done
        ld   value, from
        fmul value, =-1
        st   to, value
        fadd from, g.stride
        fadd to, step
        addi left, -1
        jmp  @next
@done:  return
.endskill
