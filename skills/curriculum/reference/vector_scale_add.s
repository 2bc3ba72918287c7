.skill vector_scale_add # a vector times a number, plus another vector
    .input s, a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, y_at, k, a_i, b_i, y_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
        ld   k, s
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        mov  y_i, a_i
        mul  y_i, k
        add  y_i, b_i
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
