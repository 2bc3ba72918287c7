.skill reverse          # a vector in reverse order
    .input x
    .output y
    .constant n
    .scratch left, x_at, ahead, y_at, v
        ld   left, n
        mov  x_at, x
        mov  ahead, left
        fadd ahead, =-1
        fmul ahead, y.stride
        mov  y_at, y
        fadd y_at, ahead
@next:  jle  left, @done
        ld   v, x_at
        st   y_at, v
        fadd x_at, x.stride
        fsub y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
