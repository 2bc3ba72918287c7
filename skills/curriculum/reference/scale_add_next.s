.skill scale_add_next   # each number of a vector times a weight, plus the number of another vector one place later, 0 after the last
    .input c, x, z
    .output y
    .constant n
    .scratch left, x_at, z_at, y_at, x_i, z_i, y_i, p, u
        ld   left, n
        mov  x_at, x
        mov  z_at, z
        mov  y_at, y
        ld   p, c
@next:  jle  left, @done
        ld   x_i, x_at
        ld   z_i, z_at
        mov  y_i, x_i
        mul  y_i, p
        mov  u, left
        addi u, -1
        jle  u, @put
        mov  u, z_at
        fadd u, z.stride
        ld   u, u
        add  y_i, u
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd z_at, z.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
