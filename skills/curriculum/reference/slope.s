.require fdiv

.skill slope            # the slope of the line through two points
    .input x1, y1, x2, y2
    .output m
    .scratch v, u, w
        ld   v, y2
        ld   u, y1
        fsub v, u
        ld   u, x2
        ld   w, x1
        fsub u, w
        .invoke fdiv, v, u, m
.endskill
