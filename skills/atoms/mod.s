.skill mod              # y <- a mod b, with the sign of a
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        mod  value, other
        st   y, value
.endskill
