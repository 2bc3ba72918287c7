.skill Div_3            # the digits of a binary number, the highest first, divided by 3
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, r, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  r, r
        add  r, x_i
        mov  y_i, r
        div  y_i, =3
        mod  r, =3
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
