.skill log2_floor       # the logarithm of a positive number to base 2, rounded down
    .input n
    .output y
    .scratch v, w
        ld   v, n
        movi w, -1
@next:  jle  v, @end
        addi w, 1
        shr  v, =1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
