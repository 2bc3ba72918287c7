.skill divisor_sum      # the sum of the numbers that divide a positive number
    .input n
    .output y
    .scratch v, w, d, u
        ld   v, n
        movi w, 0
        mov  d, v
@next:  jle  d, @end
        mov  u, v
        mod  u, d
        jeq  u, @one
        addi d, -1
        jmp  @next
@one:   add  w, d
        addi d, -1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
