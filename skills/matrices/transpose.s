.skill transpose       # b <- a, with rows and columns exchanged
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
.endskill
