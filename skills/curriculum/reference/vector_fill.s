.skill vector_fill      # a number, in each place of a vector
    .input a
    .output y
    .constant n
    .scratch left, y_at, k, y_i
        ld   left, n
        mov  y_at, y
        ld   k, a
@next:  jle  left, @done
        mov  y_i, k
        st   y_at, y_i
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
