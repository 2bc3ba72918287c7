.skill sum_of_first_squares # the sum of the squares from 1 to n
    .input n
    .output y
    .scratch v, w, u
        ld   v, n
        movi w, 0
@next:  jle  v, @end
        mov  u, v
        mul  u, u
        add  w, u
        addi v, -1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
