.skill filter_3         # a filter with three taps: each number of a vector and the two before, times a weight each
    .input x, c0, c1, c2
    .output y
    .constant n
    .scratch left, x_at, y_at, s, r, p, q, t, x_i, y_i, u
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        movi r, 0
        ld   p, c0
        ld   q, c1
        ld   t, c2
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, x_i
        mul  y_i, p
        mov  u, s
        mul  u, q
        add  y_i, u
        mov  u, r
        mul  u, t
        add  y_i, u
        mov  r, s
        mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
