.skill subleq_copy      # a copy of a number, from SUBLEQ
    .input x
    .output y
    .scratch v
        ld   v, x
        st   y, v
.endskill
