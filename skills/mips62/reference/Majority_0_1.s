.skill Majority_0_1     # counts of each symbol
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, n0, n1, x_i, v, y_i, most
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi n0, 0
        movi n1, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  v, x_i
        fcmp v, =0
        mul  v, v
        xor  v, =1
        add  n0, v
        mov  v, x_i
        fcmp v, =1
        mul  v, v
        xor  v, =1
        add  n1, v
        movi y_i, 0
        mov  most, n0
        mov  v, n1
        fcmp v, most
        jle  v, @not1
        movi y_i, 1
        mov  most, n1
@not1:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
