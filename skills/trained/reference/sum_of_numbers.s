.skill sum_of_numbers   # digits, over <- the sum of two numbers whose digits, the last ones first, are left and right
    .input left, right
    .output digits, over
    .constant n
    .scratch count, from, with, to, sum, value, carry
        ld   count, n
        mov  from, left
        mov  with, right
        mov  to, digits
        movi carry, 0
@next:  jle  count, @done
        ld   sum, from
        ld   value, with
        add  sum, value
        add  sum, carry
        mov  value, sum
        mod  value, =10
        st   to, value
        mov  carry, sum
        div  carry, =10
        fadd from, left.stride
        fadd with, right.stride
        fadd to, digits.stride
        addi count, -1
        jmp  @next
@done:  st   over, carry
.endskill
