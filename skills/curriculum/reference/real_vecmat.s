.skill real_vecmat      # a vector times a matrix of reals
    .input x, a
    .output y
    .constant r, c
    .scratch right, column, y_at, down, left, a_at, x_at, s, v, u
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
        ld   u, x_at
        fmul v, u
        fadd s, v
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
