.skill vectors_equal    # 1 if two vectors are the same, else 0
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, a_i, b_i, r
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        movi r, 1
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        sub  a_i, b_i
        jeq  a_i, @same
        movi r, 0
@same:
        fadd a_at, a.stride
        fadd b_at, b.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
