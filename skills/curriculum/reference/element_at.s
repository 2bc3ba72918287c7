.skill element_at       # the number at an index of a vector, 0 where there is none
    .input x, i
    .output y
    .constant n
    .scratch left, x_at, r, k, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   k, i
@next:  jle  left, @done
        ld   x_i, x_at
        jeq  k, @one
        jmp  @skip
@one:   mov  r, x_i
@skip:  addi k, -1
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
