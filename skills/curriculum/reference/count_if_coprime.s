.skill count_if_coprime # a count, and 1 if two positive numbers have no common divisor above 1
    .input k, a, b
    .output y
    .scratch c, v, u, w
        ld   c, k
        ld   v, a
        ld   u, b
@next:  jeq  u, @end
        mov  w, v
        mod  w, u
        mov  v, u
        mov  u, w
        jmp  @next
@end:   addi v, -1
        jle  v, @add
        jmp  @put
@add:   addi c, 1
@put:   st   y, c
.endskill
