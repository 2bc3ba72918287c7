.skill count_positive   # how many numbers of a vector are above 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        jle  x_i, @not
        addi r, 1
@not:   fadd x_at, =0
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
