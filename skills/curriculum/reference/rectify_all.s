.skill rectify_all      # a vector, but 0 where it is negative
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
        jlt  y_i, @low
        jmp  @put
@low:   movi y_i, 0
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
