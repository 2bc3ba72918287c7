.skill gcd              # the greatest common divisor of two positive numbers
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
        st   y, v
.endskill
