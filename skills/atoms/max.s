.skill max              # y <- the larger of a and b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        max  value, other
        st   y, value
.endskill
