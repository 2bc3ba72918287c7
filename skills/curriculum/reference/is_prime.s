.skill is_prime         # 1 if exactly two numbers divide n
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
@end:   fcmp w, =2
        mul  w, w
        mov  v, =1
        sub  v, w
        st   y, v
.endskill
