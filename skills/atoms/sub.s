.skill sub              # y <- a - b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        sub  value, other
        st   y, value
.endskill
