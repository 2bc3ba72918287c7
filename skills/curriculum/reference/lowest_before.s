.skill lowest_before    # the smallest of a number and of those before each place of a vector
    .input v, x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, s
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   s, v
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, s
        min  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
