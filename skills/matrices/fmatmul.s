.require ffill, faxpy, fmark, fstripe

# Row i of c is the sum of the rows of b, each times its number in row i of a. c must not be a or b.
.skill fmatmul          # c <- a b
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
        .invoke ffill, =0, c:to, columns
        ld   terms, inner
        mov  row, b
@term:  jle  terms, @end
        .invoke faxpy, a:from, b:row, c:to, columns
        fadd from, a.stride
        fadd row, step
        addi terms, -1
        jmp  @term
@end:   fadd to, ahead
        addi left, -1
        jmp  @row
@done:  return
    .jacobian               # a[i,k] counts for all c[i,j] with b[k,j], and b[k,j] with a[i,k]
    .scratch left, terms, from, row, step, width, slope, to, far, next_far, size, across
        ld   across, columns
        fmul across, jacobian.stride
        ld   width, rows
        ld   size, columns
        fadd width, size
        ld   size, inner
        fmul width, size        # (rows + columns) inner: the columns of the Jacobian
        ld   size, rows
        fmul size, width
        ld   step, columns
        fmul size, step
        .invoke ffill, =0, jacobian, size
        mov  slope, width
        fadd slope, =1
        ld   far, rows          # the first column that belongs to b
        ld   size, inner
        fmul far, size
        fmul far, jacobian.stride
        fadd far, jacobian
        mov  to, jacobian
        mov  from, a
        fmul step, b.stride
        ld   size, columns      # from one row of a to the next: the Jacobian's rows of a row of c
        fmul size, width
        fmul size, jacobian.stride
        ld   left, rows
@row:   jle  left, @done
        ld   terms, inner
        mov  row, b
        mov  next_far, far
        fadd next_far, size
@term:  jle  terms, @end
        .invoke fstripe, b:row, jacobian:to, columns, width
        .invoke fmark, a:from, jacobian:far, columns, slope
        fadd from, a.stride
        fadd row, step
        fadd to, jacobian.stride
        addi terms, -1
        fadd far, across
        jmp  @term
@end:   fadd to, size
        mov  far, next_far
        addi left, -1
        jmp  @row
@done:  return
.endskill
