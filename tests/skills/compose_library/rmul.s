.skill rmul
    .input a, b
    .output y
    .scratch u, v
        ld   u, a
        ld   v, b
        fmul u, v
        st   y, u
.jacobian
    .scratch to, u
        mov  to, jacobian
        ld   u, b
        st   to, u
        add  to, jacobian.stride
        ld   u, a
        st   to, u
.endskill
