.skill eca_rule_step    # one step of an elementary cellular automaton, from the table of its rule; beyond the ends there are zeros
    .input table, x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, x_i, r, u, next_at, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, s
        add  s, x_i
        and  s, =3
        movi r, 0
        mov  u, left
        addi u, -1
        jle  u, @end
        mov  next_at, x_at
        fadd next_at, x.stride
        ld   r, next_at
@end:   mov  y_i, s
        add  y_i, y_i
        add  y_i, r
        mul  y_i, table.stride
        fadd y_i, table
        ld   y_i, y_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
