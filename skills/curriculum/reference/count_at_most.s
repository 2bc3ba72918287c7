.skill count_at_most    # how many numbers of a vector are not above a threshold
    .input x, t
    .output k
    .constant n
    .scratch left, x_at, x_i, c, u
        ld   left, n
        mov  x_at, x
        movi c, 0
        ld   u, t
@next:  jle  left, @done
        ld   x_i, x_at
        fcmp x_i, u
        jle  x_i, @one
        jmp  @put
@one:   fadd c, =1
@put:
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   k, c
.endskill
