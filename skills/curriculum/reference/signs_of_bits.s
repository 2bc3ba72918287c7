.skill signs_of_bits    # 1 where a bit is 1, -1 where it is 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        add  y_i, x_i
        addi y_i, -1
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
