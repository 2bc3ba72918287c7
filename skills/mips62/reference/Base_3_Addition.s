.skill Base_3_Addition  # the sum of two numbers in base 3, the lowest digit first
    .input a, b
    .output y
    .constant n
    .scratch left, a_at, b_at, y_at, c, a_i, b_i, y_i
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
        movi c, 0
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        add  c, a_i
        add  c, b_i
        mov  y_i, c
        mod  y_i, =3
        div  c, =3
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
