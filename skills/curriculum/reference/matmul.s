.skill matmul           # the product of two matrices
    .input a, b
    .output y
    .constant r, k, c
    .scratch left, row, y_at, wide, down, right, column, terms, a_at, b_at, s, v
    .scratch w
        ld   left, r
        mov  row, a
        mov  y_at, y
        ld   wide, k
        fmul wide, a.stride
        ld   down, c
        fmul down, b.stride
@row:   jle  left, @done
        ld   right, c
        mov  column, b
@column: jle  right, @end
        ld   terms, k
        mov  a_at, row
        mov  b_at, column
        movi s, 0
@next:  jle  terms, @put
        ld   v, a_at
        ld   w, b_at
        mul  v, w
        add  s, v
        fadd a_at, a.stride
        fadd b_at, down
        addi terms, -1
        jmp  @next
@put:   st   y_at, s
        fadd y_at, y.stride
        fadd column, b.stride
        addi right, -1
        jmp  @column
@end:   fadd row, wide
        addi left, -1
        jmp  @row
@done:  return
.endskill
