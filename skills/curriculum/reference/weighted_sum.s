.skill weighted_sum     # the sum of two numbers, times a weight each
    .input a, p, b, q
    .output y
    .scratch v, u
        ld   v, a
        ld   u, p
        mul  v, u
        st   y, v
        ld   v, b
        ld   u, q
        mul  v, u
        ld   u, y
        add  v, u
        st   y, v
.endskill
