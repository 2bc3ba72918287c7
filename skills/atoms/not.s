.skill not              # y <- not x, bit by bit
    .input x
    .output y
    .scratch value
        ld   value, x
        not  value, value
        st   y, value
.endskill
