.skill parity_word      # 1 if the number of 1 bits of a positive number is odd, else 0
    .input x
    .output y
    .scratch v, w
        ld   v, x
        movi w, 0
@next:  jeq  v, @end
        xor  w, v
        shr  v, =1
        jmp  @next
@end:   mov  v, w
        and  v, =1
        st   y, v
.endskill
