.require ffill

.skill fsum             # s <- the sum of x
    .input x
    .output s
    .constant n
    .scratch left, from, value, sum
        ld   left, n
        mov  from, x
        movi sum, 0
@term:  jle  left, @done
        ld   value, from
        fadd sum, value
        fadd from, x.stride
        addi left, -1
        jmp  @term
@done:  st   s, sum
    .jacobian               # a row of ones
        .invoke ffill, =1, jacobian, n
.endskill
