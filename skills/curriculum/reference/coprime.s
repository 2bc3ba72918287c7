.skill coprime          # 1 if the greatest common divisor of two positive numbers is 1, else 0
    .input a, b
    .output y
    .scratch v, w, u
        ld   v, a
        ld   w, b
@next:  jeq  w, @end
        mov  u, v
        mod  u, w
        mov  v, w
        mov  w, u
        jmp  @next
@end:   mov  u, v
        fcmp v, =1
        mov  w, =1
        sub  w, v
        mov  v, w
        st   y, v
.endskill
