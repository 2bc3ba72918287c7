.skill longest_run      # the length of the longest run of ones among bits
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
        addi s, 1
        mul  s, x_i
        max  r, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
