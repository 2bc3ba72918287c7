.require fcopy

.skill fdot             # s <- the sum of x y, element by element
    .input x, y
    .output s
    .constant n
    .scratch left, from, other, value, factor, sum
        ld   left, n
        mov  from, x
        mov  other, y
        movi sum, 0
@term:  jle  left, @done
        ld   value, from
        ld   factor, other
        fmul value, factor
        fadd sum, value
        fadd from, x.stride     # an address may be larger than a short word counts, so not ADD
        fadd other, y.stride
        addi left, -1
        jmp  @term
@done:  st   s, sum
    .jacobian               # y, then x
    .scratch to
        .invoke fcopy, y, jacobian, n
        ld   to, n
        fmul to, jacobian.stride
        fadd to, jacobian
        .invoke fcopy, x, jacobian:to, n
.endskill
