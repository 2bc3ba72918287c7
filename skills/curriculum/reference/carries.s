.skill carries          # the carries of the sum of two numbers given by digits in a base, the lowest digit first
    .input a, b, k
    .output y
    .constant n
    .scratch left, a_at, b_at, y_at, a_i, b_i, y_i, c, q
        ld   left, n
        mov  a_at, a
        mov  b_at, b
        mov  y_at, y
        movi c, 0
        ld   q, k
@next:  jle  left, @done
        ld   a_i, a_at
        ld   b_i, b_at
        add  c, a_i
        add  c, b_i
        div  c, q
        mov  y_i, c
        st   y_at, y_i
        fadd a_at, a.stride
        fadd b_at, b.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
