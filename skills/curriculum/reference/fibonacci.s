.skill fibonacci        # the n-th Fibonacci number: 0, 1, 1, 2, 3, 5
    .input n
    .output y
    .scratch v, a, b, c
        ld   v, n
        movi a, 0
        mov  b, =1
@next:  jle  v, @end
        mov  c, a
        add  c, b
        mov  a, b
        mov  b, c
        addi v, -1
        jmp  @next
@end:   mov  v, a
        st   y, v
.endskill
