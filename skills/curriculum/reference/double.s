.skill double           # twice a number
    .input x
    .output y
    .scratch v
        ld   v, x
        add  v, v
        st   y, v
.endskill
