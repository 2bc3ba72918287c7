.skill dot             # s <- the sum of x y, element by element
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
        mul  value, factor
        add  sum, value
        fadd from, x.stride     # an address may be larger than a short word counts, so not ADD
        fadd other, y.stride
        addi left, -1
        jmp  @term
@done:  st   s, sum
.endskill
