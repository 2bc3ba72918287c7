.skill subleq_add       # the sum of two numbers, from SUBLEQ
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        add  v, w
        st   y, v
.endskill
