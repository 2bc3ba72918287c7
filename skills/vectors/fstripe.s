# Jacobian code writes columns of a matrix with this.
.skill fstripe          # y <- x, each element step places after the one before; what lies between stays
    .input x
    .output y
    .constant n, step
    .scratch left, from, to, ahead, what
        ld   left, n
        ld   ahead, step
        fmul ahead, y.stride
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   what, from
        st   to, what
        fadd from, x.stride
        fadd to, ahead
        addi left, -1
        jmp  @next
@done:  return
.endskill
