.skill span             # the largest number of a vector less its smallest
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, s, x_i
        ld   left, n
        mov  x_at, x
        ld   r, x
        ld   s, x
@next:  jle  left, @done
        ld   x_i, x_at
        max  r, x_i
        min  s, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  sub  r, s
        st   y, r
.endskill
