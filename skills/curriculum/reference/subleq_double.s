.skill subleq_double    # twice a number, from SUBLEQ
    .input x
    .output y
    .scratch v
        ld   v, x
        add  v, v
        st   y, v
.endskill
