.skill Newton_Magnetic  # vx, vy <- vx + a - vy, vy + b + vx, both from the old ones
    .input a, b
    .output y, z
    .constant n
    .scratch left, a_at, b_at, y_at, z_at, vx, vy, px, py, a_i, b_i, u
    .scratch y_i, z_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
        mov  z_at, z
        movi vx, 0
        movi vy, 0
        movi px, 0
        movi py, 0
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        mov  u, vx
        add  vx, a_i
        sub  vx, vy
        add  vy, b_i
        add  vy, u
        add  px, vx
        add  py, vy
        mov  y_i, px
        mov  z_i, py
        st   y_at, y_i
        st   z_at, z_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        fadd z_at, z.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
