.skill axpy                            # y <- y + a x, y read and written
    .input a, x
    .output y
    .constant n
    .scratch left, from, to, u, v
        mov  from, x
        mov  to, y
        ld   left, n
@loop:  jle  left, @done
        ld   u, from
        ld   v, a
        fmul u, v
        ld   v, to
        fadd v, u
        st   to, v
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @loop
@done:  return
.endskill
