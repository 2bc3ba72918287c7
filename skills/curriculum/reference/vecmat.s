.skill vecmat           # a vector times a matrix
    .input x, a
    .output y
    .constant r, c
    .scratch right, column, y_at, down, left, a_at, x_at, s, v, w
        ld   right, c
        mov  column, a
        mov  y_at, y
        ld   down, c
        fmul down, a.stride
@column: jle  right, @done
        ld   left, r
        mov  a_at, column
        mov  x_at, x
        movi s, 0
@next:  jle  left, @end
        ld   v, a_at
        ld   w, x_at
        mul  v, w
        add  s, v
        fadd a_at, down
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@end:   st   y_at, s
        fadd y_at, y.stride
        fadd column, a.stride
        addi right, -1
        jmp  @column
@done:  return
.endskill
