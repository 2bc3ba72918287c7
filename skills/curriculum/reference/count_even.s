.skill count_even       # how many numbers of a vector are even
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
@next:  jle  left, @done
        ld   x_i, x_at
        and  x_i, =1
        xor  x_i, =1
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
