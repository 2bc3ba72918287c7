.skill line_distances   # how far each of several points is from a line, in the second coordinate
    .input x, y, m, c
    .output d
    .constant n
    .scratch left, x_at, y_at, d_at, x_i, y_i, d_i, v, u, w
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        mov  d_at, d
        ld   v, m
        ld   u, c
@next:  jle  left, @done
        ld   x_i, x_at
        ld   y_i, y_at
        mov  d_i, v
        fmul d_i, x_i
        fadd d_i, u
        fsub d_i, y_i
        jlt  d_i, @below
        jmp  @put
@below: movi w, 0
        fsub w, d_i
        mov  d_i, w
@put:
        st   d_at, d_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        fadd d_at, d.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
