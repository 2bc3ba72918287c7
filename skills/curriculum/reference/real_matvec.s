.skill real_matvec      # a matrix of reals times a vector
    .input a, x
    .output y
    .constant r, c
    .scratch left, a_at, y_at, s, right, x_at, v, u
        ld   left, r
        mov  a_at, a
        mov  y_at, y
@row:   jle  left, @done
        movi s, 0
        ld   right, c
        mov  x_at, x
@next:  jle  right, @end
        ld   v, a_at
        ld   u, x_at
        fmul v, u
        fadd s, v
        fadd a_at, a.stride
        fadd x_at, x.stride
        addi right, -1
        jmp  @next
@end:
        st   y_at, s
        fadd y_at, y.stride
        addi left, -1
        jmp  @row
@done:
        return
.endskill
