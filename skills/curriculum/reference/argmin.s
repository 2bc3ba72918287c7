.skill argmin           # the index of the smallest number of a vector, the first such
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
        mov  u, best
        fcmp u, x_i
        jle  u, @skip
        mov  best, x_i
        mov  r, at
@skip:  addi at, 1
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
