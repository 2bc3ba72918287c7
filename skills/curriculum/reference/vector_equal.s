.skill vector_equal     # 1 in each place where two vectors are equal, 0 elsewhere
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
        fcmp y_i, b_i
        mul  y_i, y_i
        xor  y_i, =1
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
