.skill row_sums         # the sums of the rows of a matrix
    .input a
    .output y
    .constant r, c
    .scratch left, a_at, y_at, s, right, v
        ld   left, r
        mov  a_at, a
        mov  y_at, y
@row:   jle  left, @done
        movi s, 0
        ld   right, c
@next:  jle  right, @end
        ld   v, a_at
        add  s, v
        fadd a_at, a.stride
        addi right, -1
        jmp  @next
@end:   st   y_at, s
        fadd y_at, y.stride
        addi left, -1
        jmp  @row
@done:  return
.endskill
