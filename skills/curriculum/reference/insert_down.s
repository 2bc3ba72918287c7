.skill insert_down      # max(c, x) stays, min(c, x) is carried on
    .input v, x
    .output y, rest
    .constant n
    .scratch left, x_at, y_at, c, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   c, v
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, c
        max  y_i, x_i
        min  c, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  st   rest, c
.endskill
