.skill rank_one_update  # a + rate d x
    .input a, rate, d, x
    .output y
    .constant r, c
    .scratch left, k, a_at, y_at, d_at, e, right, x_at, u, v
        ld   left, r
        ld   k, rate
        mov  a_at, a
        mov  y_at, y
        mov  d_at, d
@row:   jle  left, @done
        ld   e, d_at
        fmul e, k
        ld   right, c
        mov  x_at, x
@next:  jle  right, @end
        ld   u, x_at
        fmul u, e
        ld   v, a_at
        fadd v, u
        st   y_at, v
        fadd a_at, a.stride
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi right, -1
        jmp  @next
@end:   fadd d_at, d.stride
        addi left, -1
        jmp  @row
@done:  return
.endskill
