.skill quotient_sums    # the quotients of the numbers of a vector, each with the number of another one place before, by a number
    .input s, x, k
    .output y
    .constant n
    .scratch left, s_at, x_at, y_at, s_i, x_i, y_i, c, q
        ld   left, n
        mov  s_at, s
        mov  x_at, x
        mov  y_at, y
        movi c, 0
        ld   q, k
@next:  jle  left, @done
        ld   s_i, s_at
        ld   x_i, x_at
        mov  y_i, c
        add  y_i, x_i
        div  y_i, q
        mov  c, s_i
        st   y_at, y_i
        fadd s_at, s.stride
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
