.skill neighbourhood    # the number that three neighbouring bits stand for: the one before, the bit, the one after; beyond the ends there are zeros
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, next_at, x_i, r, u, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
        mov  next_at, x_at
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, s
        add  s, x_i
        and  s, =7
        movi r, 0
        mov  u, left
        addi u, -1
        jle  u, @end
        fadd next_at, x.stride
        ld   r, next_at
@end:   mov  y_i, s
        and  y_i, =3
        add  y_i, y_i
        add  y_i, r
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
