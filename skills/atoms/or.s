.skill or               # y <- a or b, bit by bit
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        or   value, other
        st   y, value
.endskill
