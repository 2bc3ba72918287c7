.skill quadratic        # a x x + b x + c
    .input a, b, c, x
    .output y
    .scratch v, w, u
        ld   v, a
        ld   w, x
        mul  v, w
        ld   u, b
        add  v, u
        mul  v, w
        ld   u, c
        add  v, u
        st   y, v
.endskill
