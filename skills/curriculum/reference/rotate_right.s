.skill rotate_right     # a vector one place later; its last number comes first
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        mov  s, left
        fadd s, =-1
        fmul s, x.stride
        fadd s, x
        ld   s, s
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, s
        mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
