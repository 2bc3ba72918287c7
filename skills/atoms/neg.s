.skill neg              # y <- -x
    .input x
    .output y
    .scratch value
        ld   value, x
        neg  value, value
        st   y, value
.endskill
