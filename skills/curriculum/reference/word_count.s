.skill word_count       # how many words there are: runs of numbers that are not 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, s, x_i, u
        ld   left, n
        mov  x_at, x
        movi r, 0
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        min  x_i, =1
        mov  u, x_i
        sub  u, s
        max  u, =0
        add  r, u
        mov  s, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
