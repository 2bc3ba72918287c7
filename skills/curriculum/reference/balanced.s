.skill balanced         # 1 if parentheses are balanced, else 0: 1 opens, -1 closes
    .input x
    .output y
    .constant n
    .scratch left, x_at, s, m, x_i, r
        ld   left, n
        mov  x_at, x
        movi s, 0
        movi m, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        min  m, s
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  movi r, 0
        jeq  s, @even
        st   y, r
        return
@even:  jlt  m, @end
        movi r, 1
@end:   st   y, r
.endskill
