.skill release_carries  # the digits in a base of what numbers in the places of digits stand for, the lowest first
    .input x, k
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, c, q
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi c, 0
        ld   q, k
@next:  jle  left, @done
        ld   x_i, x_at
        add  c, x_i
        mov  y_i, c
        mod  y_i, q
        div  c, q
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
