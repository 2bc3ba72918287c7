.require fdiv

.skill line_from_2_points # slope and value at 0 of the line through two points
    .input x1, y1, x2, y2
    .output m, c
    .scratch rise, v, run, slope, u
        ld   rise, y2
        ld   v, y1
        fsub rise, v
        ld   run, x2
        ld   v, x1
        fsub run, v
        .invoke fdiv, rise, run, slope
        st   m, slope
        ld   v, x1
        fmul v, slope
        ld   u, y1
        fsub u, v
        st   c, u
.endskill
