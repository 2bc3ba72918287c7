.skill quotient_bits    # the quotients of bits, each after the remainder that stands one place before in a vector, by a number
    .input r, x, k
    .output y
    .constant n
    .scratch left, r_at, x_at, y_at, r_i, x_i, y_i, c, q
        ld   left, n
        mov  r_at, r
        mov  x_at, x
        mov  y_at, y
        movi c, 0
        ld   q, k
@next:  jle  left, @done
        ld   r_i, r_at
        ld   x_i, x_at
        mov  y_i, c
        add  y_i, c
        add  y_i, x_i
        div  y_i, q
        mov  c, r_i
        st   y_at, y_i
        fadd r_at, r.stride
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
