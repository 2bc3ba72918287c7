.skill ones_less_zeros  # how many more ones than zeros there are up to each place among bits
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, s
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        add  s, x_i
        addi s, -1
        mov  y_i, s
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
