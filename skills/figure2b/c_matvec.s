.require c_dot, fmatvec

.skill c_matvec         # y <- a x: a dot product for each row
    .input a, x
    .output y
    .constant rows, columns
    .scratch left, row, to, step
        ld   left, rows
        ld   step, columns
        fmul step, a.stride
        mov  row, a
        mov  to, y
@next:  jle  left, @done
        .invoke c_dot, a:row, x, y:to, columns
        fadd row, step
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # the same function as fmatvec, so the same derivative
        .invoke fmatvec.jacobian, a, x, y, rows, columns, jacobian
.endskill
