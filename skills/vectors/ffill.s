.skill ffill            # y <- value in each element
    .input value
    .output y
    .constant n
    .scratch left, to, what
        ld   left, n
        ld   what, value
        mov  to, y
@next:  jle  left, @done
        st   to, what
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # a column of ones
        .invoke ffill, =1, jacobian, n
.endskill
