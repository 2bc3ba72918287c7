.skill popcount_word    # the number of 1 bits of a positive number
    .input x
    .output y
    .scratch v, w, u
        ld   v, x
        movi w, 0
@next:  jeq  v, @end
        mov  u, v
        and  u, =1
        add  w, u
        shr  v, =1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
