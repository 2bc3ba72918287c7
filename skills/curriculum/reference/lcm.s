.skill lcm              # the least common multiple of two positive numbers
    .input a, b
    .output y
    .scratch v, w, a0, b0, u
        ld   v, a
        ld   w, b
        mov  a0, v
        mov  b0, w
@next:  jeq  w, @end
        mov  u, v
        mod  u, w
        mov  v, w
        mov  w, u
        jmp  @next
@end:   mov  u, v
        div  a0, v
        mul  a0, b0
        mov  v, a0
        st   y, v
.endskill
