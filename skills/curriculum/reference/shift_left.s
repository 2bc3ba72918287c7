.skill shift_left       # a vector one place earlier; a 0 comes last
    .input x
    .output y
    .constant n
    .scratch left, x_at, ahead, y_at, s, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  ahead, left
        fadd ahead, =-1
        fmul ahead, x.stride
        fadd x_at, ahead
        mov  y_at, y
        mov  ahead, left
        fadd ahead, =-1
        fmul ahead, y.stride
        fadd y_at, ahead
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, s
        mov  s, x_i
        st   y_at, y_i
        fsub x_at, x.stride
        fsub y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
