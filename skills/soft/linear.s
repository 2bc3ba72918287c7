.require fmatvec, fvadd, ffill, fcopy, fmark

.skill linear           # y <- w x + b
    .input x
    .output y
    .constant rows, columns
    .weight w, b
        .invoke fmatvec, w, x, y, rows, columns
        .invoke fvadd, y, b, y, rows
    .jacobian               # in row i: row i of w for x; x in the place of row i of w; 1 in the place of b[i]
    .scratch left, width, step, row, to, far, ahead, across
        ld   step, columns
        mov  across, step
        fmul across, jacobian.stride
        ld   width, rows
        ld   far, rows
        fmul far, step
        fadd far, step          # where the columns of b begin
        fadd width, far
        ld   ahead, rows
        fmul ahead, width
        .invoke ffill, =0, jacobian, ahead
        fmul far, jacobian.stride
        fadd far, jacobian
        mov  ahead, width
        fadd ahead, =1
        .invoke fmark, =1, jacobian:far, rows, ahead
        fmul width, jacobian.stride
        fmul step, w.stride
        mov  row, w
        mov  to, jacobian
        mov  far, jacobian
        ld   left, rows
@next:  jle  left, @done
        .invoke fcopy, w:row, jacobian:to, columns
        fadd far, across
        .invoke fcopy, x, jacobian:far, columns
        fadd far, width
        fadd to, width
        fadd row, step
        addi left, -1
        jmp  @next
@done:  return
.endskill
