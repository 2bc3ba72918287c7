.skill near_line        # 1 if a point is not farther from a line, in the second coordinate, than a threshold, else 0
    .input x, y, m, c, t
    .output k
    .scratch v, u
        ld   v, m
        ld   u, x
        fmul v, u
        ld   u, c
        fadd v, u
        ld   u, y
        fsub v, u
        fmul v, v
        ld   u, t
        fmul u, u
        st   k, =0
        fcmp v, u
        jle  v, @yes
        return
@yes:   st   k, =1
.endskill
