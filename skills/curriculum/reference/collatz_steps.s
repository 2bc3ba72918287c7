.skill collatz_steps    # how many Collatz steps lead from a positive number to 1
    .input n
    .output y
    .scratch v, w, u
        ld   v, n
        movi w, 0
@next:  addi v, -1
        jle  v, @end
        addi v, 1
        addi w, 1
        mov  u, v
        and  u, =1
        jeq  u, @even
        mov  u, v
        add  v, v
        add  v, u
        addi v, 1
        jmp  @next
@even:  sar  v, =1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
