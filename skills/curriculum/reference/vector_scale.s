.skill vector_scale     # a vector times a number
    .input a, x
    .output y
    .constant n
    .scratch left, x_at, y_at, k, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   k, a
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        mul  y_i, k
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
