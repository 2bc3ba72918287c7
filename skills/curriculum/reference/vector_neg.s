.skill vector_neg       # the negatives of a vector
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        neg  y_i, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
