.skill deepest          # how deep parentheses are nested at most: 1 opens, -1 closes
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, s, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        max  r, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
