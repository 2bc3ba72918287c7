.skill dither           # the differences of the prefix sums divided by k
    .input x, k
    .output y
    .constant n
    .scratch left, x_at, y_at, s, q, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        ld   q, k
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        mov  y_i, s
        div  y_i, q
        mod  s, q
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
