.skill matrix_sum       # the sum of all numbers of a matrix
    .input a
    .output y
    .constant r, c
    .scratch left, right, a_at, s, v
        ld   left, r
        ld   right, c
        fmul left, right
        mov  a_at, a
        movi s, 0
@next:  jle  left, @end
        ld   v, a_at
        add  s, v
        fadd a_at, a.stride
        addi left, -1
        jmp  @next
@end:   st   y, s
.endskill
