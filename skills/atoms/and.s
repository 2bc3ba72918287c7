.skill and              # y <- a and b, bit by bit
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        and  value, other
        st   y, value
.endskill
