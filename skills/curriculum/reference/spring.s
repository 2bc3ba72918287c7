.skill spring           # v <- v + x - p; p <- p + v
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, r, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        sub  x_i, r
        add  s, x_i
        add  r, s
        mov  y_i, r
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
