.skill mov              # y <- x
    .input x
    .output y
    .scratch value
        ld   value, x
        st   y, value
.endskill
