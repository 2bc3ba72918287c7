.require dot

.skill matvec          # y <- a x
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
        .invoke dot, a:row, x, y:to, columns
        fadd row, step
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
