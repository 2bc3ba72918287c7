.skill Add_Mod_7        # the sum of all numbers so far, modulo 7
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        mod  s, =7
        mov  y_i, s
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
