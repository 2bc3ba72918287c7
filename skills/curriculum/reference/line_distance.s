.skill line_distance    # how far a point is from a line, in the second coordinate
    .input x, y, m, c
    .output d
    .scratch v, u
        ld   v, m
        ld   u, x
        fmul v, u
        ld   u, c
        fadd v, u
        ld   u, y
        fsub v, u
        jlt  v, @below
        st   d, v
        return
@below: movi u, 0
        fsub u, v
        st   d, u
.endskill
