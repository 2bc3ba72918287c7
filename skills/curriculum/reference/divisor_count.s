.skill divisor_count    # how many numbers divide a positive number
    .input n
    .output y
    .scratch v, w, d, u
        ld   v, n
        movi w, 0
        mov  d, v
@next:  jle  d, @end
        mov  u, v
        mod  u, d
        addi d, -1
        jeq  u, @one
        jmp  @next
@one:   addi w, 1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
