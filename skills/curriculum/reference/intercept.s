.skill intercept        # the value at 0 of the line through a point with a slope
    .input x, y, m
    .output c
    .scratch v, u
        ld   v, x
        ld   u, m
        fmul v, u
        ld   u, y
        fsub u, v
        st   c, u
.endskill
