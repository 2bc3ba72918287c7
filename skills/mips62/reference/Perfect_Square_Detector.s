.skill Perfect_Square_Detector # 1 if a number is a perfect square, else 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, r, v, u, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        movi r, 0
@root:  mov  v, r
        mul  v, v
        addi r, 1
        mov  u, v
        fcmp u, x_i
        jlt  u, @root
        fcmp v, x_i
        mul  v, v
        xor  v, =1
        mov  y_i, v
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
