.skill max_next         # the larger of each number of a vector and the one of another vector one place later, 0 after the last
    .input x, z
    .output y
    .constant n
    .scratch left, x_at, z_at, y_at, x_i, z_i, y_i, u
        ld   left, n
        mov  x_at, x
        mov  z_at, z
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        ld   z_i, z_at
        mov  y_i, x_i
        mov  u, left
        addi u, -1
        jle  u, @last
        mov  u, z_at
        fadd u, z.stride
        ld   u, u
        jmp  @put
@last:  movi u, 0
@put:   max  y_i, u
        st   y_at, y_i
        fadd x_at, x.stride
        fadd z_at, z.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
