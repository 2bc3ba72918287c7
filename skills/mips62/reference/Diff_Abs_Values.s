.skill Diff_Abs_Values  # the absolute value of a number less that of the one before
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, p, x_i, v, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi p, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  v, x_i
        neg  v, v
        max  v, x_i
        mov  y_i, v
        sub  y_i, p
        mov  p, v
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
