.skill pow              # a number to the power of another
    .input a, b
    .output y
    .scratch v, left, w
        ld   v, a
        ld   left, b
        mov  w, =1
@next:  jle  left, @end
        mul  w, v
        addi left, -1
        jmp  @next
@end:   st   y, w
.endskill
