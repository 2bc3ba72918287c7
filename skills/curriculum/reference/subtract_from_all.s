.skill subtract_from_all# a vector less a number in each place
    .input x, a
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, v
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   v, a
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        sub  y_i, v
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
