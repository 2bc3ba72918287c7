.skill argmax           # index <- where the largest number is, the first such; 0 where there is none
    .input x
    .output index
    .constant n
    .scratch left, from, value, best, order, at
        st   index, =0
        ld   left, n
        jle  left, @done
        mov  from, x
        ld   best, from
        movi at, 0
@next:  addi left, -1
        jle  left, @done
        fadd from, x.stride
        addi at, 1
        ld   value, from
        mov  order, value
        fcmp order, best
        jle  order, @next
        mov  best, value
        st   index, at
        jmp  @next
@done:  return
.endskill
