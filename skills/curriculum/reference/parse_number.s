.skill parse_number     # the number that digits in a base stand for, the highest digit first
    .input x, base
    .output y
    .constant n
    .scratch left, x_at, r, p, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   p, base
@next:  jle  left, @done
        ld   x_i, x_at
        mul  r, p
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
