.skill radd
    .input a, b
    .output y
    .scratch u, v
        ld   u, a
        ld   v, b
        fadd u, v
        st   y, u
.jacobian
    .scratch to, u
        mov  to, jacobian
        movi u, 1
        st   to, u
        add  to, jacobian.stride
        st   to, u
.endskill
