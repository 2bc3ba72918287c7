.require ffill, fmark

.skill ftranspose       # b <- a, with rows and columns exchanged
    .input a
    .output b
    .constant rows, columns
    .scratch left, right, from, to, column, down, value
        ld   left, rows
        ld   down, rows
        fmul down, b.stride
        mov  from, a
        mov  column, b
@row:   jle  left, @done
        ld   right, columns
        mov  to, column
@next:  jle  right, @end
        ld   value, from
        st   to, value
        fadd from, a.stride
        fadd to, down
        addi right, -1
        jmp  @next
@end:   fadd column, b.stride
        addi left, -1
        jmp  @row
@done:  return
    .jacobian               # for each row of a, ones that go down by a row of b and right by one
    .scratch left, size, step, ahead, to
        ld   step, rows
        ld   size, columns
        fmul size, step         # columns of the Jacobian, and its rows
        ld   ahead, columns
        fadd ahead, size        # from one row of a to the next: a row down, and `columns` to the right
        fmul ahead, jacobian.stride
        fmul step, size
        fadd step, =1
        fmul size, size
        .invoke ffill, =0, jacobian, size
        ld   left, rows
        mov  to, jacobian
@next:  jle  left, @done
        .invoke fmark, =1, jacobian:to, columns, step
        fadd to, ahead
        addi left, -1
        jmp  @next
@done:  return
.endskill
