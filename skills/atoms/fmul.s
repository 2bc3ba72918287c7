.skill fmul             # y <- a b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        fmul value, other
        st   y, value
    .jacobian
    .scratch to, value
        mov  to, jacobian
        ld   value, b
        st   to, value
        fadd to, jacobian.stride
        ld   value, a
        st   to, value
.endskill
