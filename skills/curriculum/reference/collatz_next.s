.skill collatz_next     # the next number of a Collatz sequence, 0 after 1
    .input n
    .output y
    .scratch v, u
        ld   v, n
        ld   u, n
        addi u, -1
        jeq  u, @end
        mov  u, v
        and  u, =1
        jeq  u, @even
        mov  u, v
        add  v, v
        add  v, u
        addi v, 1
        st   y, v
        return
@even:  sar  v, =1
        st   y, v
        return
@end:   st   y, =0
.endskill
