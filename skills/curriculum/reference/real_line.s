.skill real_line        # m x + c
    .input m, c, x
    .output y
    .scratch v, u
        ld   v, m
        ld   u, x
        fmul v, u
        ld   u, c
        fadd v, u
        st   y, v
.endskill
