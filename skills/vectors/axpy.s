.skill axpy            # y <- a x + y, element by element
    .input a, x
    .output y
    .constant n
    .scratch left, from, to, factor, value, sum
        ld   left, n
        ld   factor, a
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        mul  value, factor
        ld   sum, to
        add  sum, value
        st   to, sum
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
