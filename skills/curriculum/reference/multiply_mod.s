.skill multiply_mod     # the remainder of a product
    .input a, b, m
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        mul  v, u
        ld   u, m
        mod  v, u
        st   y, v
.endskill
