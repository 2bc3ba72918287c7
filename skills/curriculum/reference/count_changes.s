.skill count_changes    # how often a bit differs from the one before; before the first there is a 0
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
        xor  s, x_i
        add  r, s
        mov  s, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
