.skill linear_search    # the index of the first number equal to the key
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
        jeq  x_i, @done
        addi r, 1
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
