.skill add_with_carry   # digit, over <- the last and the first digit of a + b + carry
    .input a, b, carry
    .output digit, over
    .scratch sum, value
        ld   sum, a
        ld   value, b
        add  sum, value
        ld   value, carry
        add  sum, value
        mov  value, sum
        mod  value, =10
        st   digit, value
        div  sum, =10
        st   over, sum
.endskill
