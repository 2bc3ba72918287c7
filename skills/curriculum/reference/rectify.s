.skill rectify          # max(x, 0)
    .input x
    .output y
    .scratch v
        ld   v, x
        max  v, =0
        st   y, v
.endskill
