.skill add_lowest_bit   # a sum, and the lowest bit of a number
    .input s, x
    .output y
    .scratch v, u
        ld   v, x
        and  v, =1
        ld   u, s
        add  u, v
        st   y, u
.endskill
