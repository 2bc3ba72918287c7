.skill bit_at           # the bit of a number at a place, counted from the lowest
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        shr  v, w
        and  v, =1
        st   y, v
.endskill
