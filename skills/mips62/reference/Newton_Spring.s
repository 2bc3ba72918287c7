.skill Newton_Spring    # positions from forces, of a mass of 1 on a spring of strength 1
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, v, p, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi v, 0
        movi p, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  v, x_i
        sub  v, p
        add  p, v
        mov  y_i, p
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
