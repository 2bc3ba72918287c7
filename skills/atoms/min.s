.skill min              # y <- the smaller of a and b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        min  value, other
        st   y, value
.endskill
