.skill vadd            # y <- a + b, element by element
    .input a, b
    .output y
    .constant n
    .scratch left, from, other, to, value, sum
        ld   left, n
        mov  from, a
        mov  other, b
        mov  to, y
@next:  jle  left, @done
        ld   sum, from
        ld   value, other
        add  sum, value
        st   to, sum
        fadd from, a.stride
        fadd other, b.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
