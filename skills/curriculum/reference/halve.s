.skill halve            # half of a number, rounded down
    .input x
    .output y
    .scratch v
        ld   v, x
        sar  v, =1
        st   y, v
.endskill
