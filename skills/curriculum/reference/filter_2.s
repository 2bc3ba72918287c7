.skill filter_2         # a filter with two taps: each number of a vector and the one before, times a weight each
    .input x, c0, c1
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, s, p, q
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        ld   p, c0
        ld   q, c1
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, s
        mul  y_i, q
        mov  s, x_i
        mul  x_i, p
        add  y_i, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
