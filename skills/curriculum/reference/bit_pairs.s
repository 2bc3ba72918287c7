.skill bit_pairs        # the number that each bit and the one before it stand for; before the first there is a 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, x_i, y_i, s
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        mov  y_i, s
        add  y_i, s
        add  y_i, x_i
        mov  s, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
