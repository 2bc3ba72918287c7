.skill fsub             # y <- a - b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        fsub value, other
        st   y, value
    .jacobian
    .scratch to
        mov  to, jacobian
        st   to, =1
        fadd to, jacobian.stride
        st   to, =-1
.endskill
