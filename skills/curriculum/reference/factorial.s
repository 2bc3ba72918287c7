.skill factorial        # the product of the numbers from 1 to n
    .input n
    .output y
    .scratch v, w
        ld   v, n
        mov  w, =1
@next:  jle  v, @end
        mul  w, v
        addi v, -1
        jmp  @next
@end:   mov  v, w
        st   y, v
.endskill
