.require c_matvec, fadd, linear

.skill c_linear         # y <- w x + b: a product of matrix and vector, then an addition for each row
    .input x
    .output y
    .constant rows, columns
    .weight w, b
    .scratch left, bias, to
        .invoke c_matvec, w, x, y, rows, columns
        ld   left, rows
        mov  bias, b
        mov  to, y
@next:  jle  left, @done
        .invoke fadd, y:to, b:bias, y:to
        fadd bias, b.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # the same function as linear, so the same derivative
        .invoke linear.jacobian, x, y, rows, columns, w, b, jacobian
.endskill
