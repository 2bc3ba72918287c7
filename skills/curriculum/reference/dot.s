.skill dot              # the sum of the products of two vectors
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, r, a_i, b_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        movi r, 0
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        mul  a_i, b_i
        add  r, a_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
