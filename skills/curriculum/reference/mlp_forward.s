.skill mlp_forward      # w2 max(w1 x + b1, 0) + b2
    .input x
    .output h, y
    .constant i, k, o
    .weight w1, b1, w2, b2
    .scratch left, a_at, y_at, b_at, s, right, x_at, v, u, out_left, out_a_at, out_y_at
    .scratch out_b_at, out_x_at
        ld   left, k
        mov  a_at, w1
        mov  y_at, h
        mov  b_at, b1
@row:   jle  left, @done
        movi s, 0
        ld   right, i
        mov  x_at, x
@next:  jle  right, @end
        ld   v, a_at
        ld   u, x_at
        fmul v, u
        fadd s, v
        fadd a_at, w1.stride
        fadd x_at, x.stride
        addi right, -1
        jmp  @next
@end:
        ld   v, b_at
        fadd s, v
        fadd b_at, b1.stride
        jlt  s, @low
        jmp  @put
@low:   movi s, 0
@put:
        st   y_at, s
        fadd y_at, h.stride
        addi left, -1
        jmp  @row
@done:
        ld   out_left, o
        mov  out_a_at, w2
        mov  out_y_at, y
        mov  out_b_at, b2
@out_row: jle  out_left, @out_done
        movi s, 0
        ld   right, k
        mov  out_x_at, h
@out_next: jle  right, @out_end
        ld   v, out_a_at
        ld   u, out_x_at
        fmul v, u
        fadd s, v
        fadd out_a_at, w2.stride
        fadd out_x_at, h.stride
        addi right, -1
        jmp  @out_next
@out_end:
        ld   v, out_b_at
        fadd s, v
        fadd out_b_at, b2.stride
        st   out_y_at, s
        fadd out_y_at, y.stride
        addi out_left, -1
        jmp  @out_row
@out_done:
        return
.endskill
