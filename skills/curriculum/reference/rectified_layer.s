.skill rectified_layer  # max(w x + b, 0)
    .input x
    .output y
    .constant r, c
    .weight w, b
    .scratch left, a_at, y_at, b_at, s, right, x_at, v, u
        ld   left, r
        mov  a_at, w
        mov  y_at, y
        mov  b_at, b
@row:   jle  left, @done
        movi s, 0
        ld   right, c
        mov  x_at, x
@next:  jle  right, @end
        ld   v, a_at
        ld   u, x_at
        fmul v, u
        fadd s, v
        fadd a_at, w.stride
        fadd x_at, x.stride
        addi right, -1
        jmp  @next
@end:
        ld   v, b_at
        fadd s, v
        fadd b_at, b.stride
        jlt  s, @low
        jmp  @put
@low:   movi s, 0
@put:
        st   y_at, s
        fadd y_at, y.stride
        addi left, -1
        jmp  @row
@done:
        return
.endskill
