.skill subleq_neg       # the negative of a number, from SUBLEQ
    .input x
    .output y
    .scratch v
        ld   v, x
        neg  v, v
        st   y, v
.endskill
