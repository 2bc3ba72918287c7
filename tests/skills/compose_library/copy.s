.skill copy
    .input x
    .output y
    .constant n
    .scratch left, from, to, u
        mov  from, x
        mov  to, y
        ld   left, n
@loop:  jle  left, @done
        ld   u, from
        st   to, u
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @loop
@done:  return
.endskill
