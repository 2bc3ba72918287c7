.require fdot, fcopy, ffill

.skill fmatvec          # y <- a x
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
        .invoke fdot, a:row, x, y:to, columns
        fadd row, step
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # in row i, x where row i of a has its columns, then row i of a
    .scratch left, width, step, row, to, far, ahead
        ld   width, rows
        fadd width, =1
        ld   step, columns
        fmul width, step
        ld   ahead, rows
        fmul ahead, width
        .invoke ffill, =0, jacobian, ahead
        mov  to, jacobian
        ld   far, rows
        fmul far, step
        fmul far, jacobian.stride
        fadd far, jacobian
        mov  ahead, width       # one row down, and for `to` a row of a to the right
        fmul ahead, jacobian.stride
        fadd width, step
        fmul width, jacobian.stride
        fmul step, a.stride
        mov  row, a
        ld   left, rows
@next:  jle  left, @done
        .invoke fcopy, x, jacobian:to, columns
        .invoke fcopy, a:row, jacobian:far, columns
        fadd to, width
        fadd far, ahead
        fadd row, step
        addi left, -1
        jmp  @next
@done:  return
.endskill
