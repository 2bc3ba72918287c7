.skill collatz_length   # how many numbers the Collatz sequence from a positive number to 1 has
    .input n
    .output y
    .scratch v, w, u
        ld   v, n
        movi w, 1
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
@end:   st   y, w
.endskill
