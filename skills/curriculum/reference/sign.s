.skill sign             # -1, 0 or 1: the sign of a number
    .input x
    .output y
    .scratch v
        ld   v, x
        fcmp v, =0
        st   y, v
.endskill
