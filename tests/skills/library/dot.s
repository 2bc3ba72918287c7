# s <- x . y, integers of 32 bits.
.skill dot
    .input x, y
    .output s
    .constant n
    .scratch left, from, to, a, b, sum
        movi sum, 0
        mov  from, x
        mov  to, y
        ld   left, n
@loop:  jle  left, @done
        ld   a, from
        ld   b, to
        mul  a, b
        add  sum, a
        add  from, x.stride
        add  to, y.stride
        addi left, -1
        jmp  @loop
@done:  st   s, sum
        return
.endskill
