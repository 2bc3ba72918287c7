.skill modular_power    # a number to the power of another, modulo a third
    .input a, b, m
    .output y
    .scratch v, left, q, w
        ld   v, a
        ld   left, b
        ld   q, m
        mov  w, =1
        mod  w, q
@next:  jle  left, @end
        mul  w, v
        mod  w, q
        addi left, -1
        jmp  @next
@end:   st   y, w
.endskill
