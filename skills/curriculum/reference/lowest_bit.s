.skill lowest_bit       # the lowest bit of a number
    .input x
    .output y
    .scratch v
        ld   v, x
        and  v, =1
        st   y, v
.endskill
