.skill scale           # y <- a x, element by element
    .input a, x
    .output y
    .constant n
    .scratch left, from, to, factor, value
        ld   left, n
        ld   factor, a
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        mul  value, factor
        st   to, value
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
