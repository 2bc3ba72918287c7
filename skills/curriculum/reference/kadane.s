.skill kadane           # the largest sum of numbers that stand side by side in a vector, 0 for none
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, s, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        max  s, =0
        max  r, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
