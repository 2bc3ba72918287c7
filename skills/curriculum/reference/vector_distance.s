.skill vector_distance  # the sum of the distances of two vectors in each place
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, r, a_i, b_i, u
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        movi r, 0
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        sub  a_i, b_i
        mov  u, a_i
        neg  u, u
        max  a_i, u
        add  r, a_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
