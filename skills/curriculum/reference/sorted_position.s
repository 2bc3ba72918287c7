.skill sorted_position  # how many numbers of a sorted vector are less than the key
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
        fcmp x_i, k
        jlt  x_i, @one
        jmp  @skip
@one:   addi r, 1
@skip:
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
