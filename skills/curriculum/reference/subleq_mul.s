.skill subleq_mul       # the product of a count and a number, from SUBLEQ
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        mul  v, w
        st   y, v
.endskill
