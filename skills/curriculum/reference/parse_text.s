.skill parse_text       # the number that decimal digits, given as codes of characters, stand for
    .input x, zero, ten
    .output y
    .constant n
    .scratch left, x_at, r, p, z, x_i
        ld   left, n
        mov  x_at, x
        movi r, 0
        ld   p, ten
        ld   z, zero
@next:  jle  left, @done
        ld   x_i, x_at
        sub  x_i, z
        mul  r, p
        add  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
