.skill sum             # s <- the sum of x
    .input x
    .output s
    .constant n
    .scratch left, from, value, sum
        ld   left, n
        mov  from, x
        movi sum, 0
@term:  jle  left, @done
        ld   value, from
        add  sum, value
        fadd from, x.stride
        addi left, -1
        jmp  @term
@done:  st   s, sum
.endskill
