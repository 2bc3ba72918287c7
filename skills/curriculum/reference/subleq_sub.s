.skill subleq_sub       # the difference of two numbers, from SUBLEQ
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        sub  v, w
        st   y, v
.endskill
