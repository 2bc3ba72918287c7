.skill totient          # how many numbers from 1 to n have no common divisor with n
    .input n
    .output y
    .scratch v, w, d, p, q, u
        ld   v, n
        movi w, 0
        mov  d, v
@each:  jle  d, @done
        mov  p, v
        mov  q, d
@next:  jeq  q, @end
        mov  u, p
        mod  u, q
        mov  p, q
        mov  q, u
        jmp  @next
@end:   addi d, -1
        addi p, -1
        jeq  p, @one
        jmp  @each
@one:   addi w, 1
        jmp  @each
@done:  st   y, w
.endskill
