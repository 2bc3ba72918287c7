# Jacobian code writes diagonals and columns of a matrix with this.
.skill fmark            # y <- value in every step-th place, n times; what lies between stays
    .input value
    .output y
    .constant n, step
    .scratch left, to, ahead, what
        ld   left, n
        ld   what, value
        ld   ahead, step
        fmul ahead, y.stride
        mov  to, y
@next:  jle  left, @done
        st   to, what
        fadd to, ahead
        addi left, -1
        jmp  @next
@done:  return
.endskill
