.require fdiv

.skill mse              # the mean of the squared differences of two vectors
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, r, m, a_i, b_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        movi r, 0
        mov  m, left
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        fsub a_i, b_i
        fmul a_i, a_i
        fadd r, a_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        addi left, -1
        jmp  @next
@done:  .invoke fdiv, r, m, r
        st   y, r
.endskill
