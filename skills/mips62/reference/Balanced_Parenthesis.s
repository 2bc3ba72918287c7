.skill Balanced_Parenthesis # 1 if the parentheses so far are balanced, else 0; 0 opens and 1 closes
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, depth, least, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi depth, 0
        movi least, 0
@next:  jle  left, @done
        ld   x_i, x_at
        addi depth, 1
        sub  depth, x_i
        sub  depth, x_i
        min  least, depth
        movi y_i, 0
        jlt  least, @put
        jeq  depth, @yes
        jmp  @put
@yes:   movi y_i, 1
@put:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
