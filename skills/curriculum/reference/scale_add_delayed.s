.skill scale_add_delayed# each number of a vector times a weight, plus the number of another vector one place before, as in a filter
    .input c, x, z
    .output y
    .constant n
    .scratch left, x_at, z_at, y_at, x_i, z_i, y_i, s, p
        ld   left, n
        mov  x_at, x
        mov  z_at, z
        mov  y_at, y
        movi s, 0
        ld   p, c
@next:  jle  left, @done
        ld   x_i, x_at
        ld   z_i, z_at
        mov  y_i, x_i
        mul  y_i, p
        add  y_i, s
        mov  s, z_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd z_at, z.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
