.require fill, axpy

# Row i of c is the sum of the rows of b, each times its number in row i of a. c must not be a or b.
.skill matmul          # c <- a b
    .input a, b
    .output c
    .constant rows, inner, columns
    .scratch left, terms, from, row, to, step, ahead
        ld   left, rows
        ld   step, columns
        fmul step, b.stride
        ld   ahead, columns
        fmul ahead, c.stride
        mov  from, a
        mov  to, c
@row:   jle  left, @done
        .invoke fill, =0, c:to, columns
        ld   terms, inner
        mov  row, b
@term:  jle  terms, @end
        .invoke axpy, a:from, b:row, c:to, columns
        fadd from, a.stride
        fadd row, step
        addi terms, -1
        jmp  @term
@end:   fadd to, ahead
        addi left, -1
        jmp  @row
@done:  return
.endskill
