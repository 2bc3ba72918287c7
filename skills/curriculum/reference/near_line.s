.skill near_line        # 1 for each point that is not farther from a line, in the second coordinate, than a threshold, else 0
    .input x, y, m, c, t
    .output k
    .constant n
    .scratch left, x_at, y_at, k_at, x_i, y_i, k_i, v, u, w
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        mov  k_at, k
        ld   v, m
        ld   u, c
        ld   w, t
        fmul w, w
@next:  jle  left, @done
        ld   x_i, x_at
        ld   y_i, y_at
        fmul x_i, v
        fadd x_i, u
        fsub x_i, y_i
        fmul x_i, x_i
        movi k_i, 1
        fcmp x_i, w
        jle  x_i, @put
        movi k_i, 0
@put:
        st   k_at, k_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        fadd k_at, k.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
