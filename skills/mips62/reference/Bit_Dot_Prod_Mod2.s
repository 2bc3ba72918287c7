.skill Bit_Dot_Prod_Mod2 # the products of two strings of bits, summed up so far, modulo 2
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, y_at, s, a_i, b_i, y_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        and  a_i, b_i
        xor  s, a_i
        mov  y_i, s
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
