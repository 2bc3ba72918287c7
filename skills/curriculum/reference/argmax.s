.skill argmax           # the index of the largest number of a vector, the first such
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, best, at, x_i, u
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   best, x
        movi at, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  u, x_i
        fcmp u, best
        jle  u, @skip
        mov  best, x_i
        mov  r, at
@skip:  addi at, 1
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
