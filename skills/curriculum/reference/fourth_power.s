.skill fourth_power     # the fourth power of a number
    .input x
    .output y
    .scratch v
        ld   v, x
        mul  v, v
        mul  v, v
        st   y, v
.endskill
