.skill vector_sub       # the differences of two vectors in each place
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, y_at, a_i, b_i, y_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        mov  y_i, a_i
        sub  y_i, b_i
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
