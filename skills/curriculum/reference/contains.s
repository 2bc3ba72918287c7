.skill contains         # 1 if a key is among the numbers of a vector, else 0
    .input x, key
    .output y
    .constant n
    .scratch left, x_at, r, k, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   k, key
@next:  jle  left, @done
        ld   x_i, x_at
        sub  x_i, k
        jeq  x_i, @one
        jmp  @skip
@one:   mov  r, =1
@skip:
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
