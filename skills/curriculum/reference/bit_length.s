.skill bit_length       # how many bits a number from 0 on takes in binary
    .input x
    .output y
    .scratch v, w
        ld   v, x
        movi w, 0
@next:  jeq  v, @end
        addi w, 1
        shr  v, =1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
