.skill extremes         # the smallest and the largest number of a vector
    .input x
    .output low, high
    .constant n
    .scratch left, x_at, x_i, lo, hi
        ld   left, n
        mov  x_at, x
        ld   lo, x
        ld   hi, x
@next:  jle  left, @done
        ld   x_i, x_at
        min  lo, x_i
        max  hi, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   low, lo
        st   high, hi
.endskill
