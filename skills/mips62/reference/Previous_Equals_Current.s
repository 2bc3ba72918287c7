.skill Previous_Equals_Current # 1 if a number equals the one before, else 0; before the first there is a 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, p, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi p, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        fcmp y_i, p
        mul  y_i, y_i
        xor  y_i, =1
        mov  p, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
