.skill inc              # y <- x + 1
    .input x
    .output y
    .scratch value
        ld   value, x
        addi value, 1
        st   y, value
.endskill
