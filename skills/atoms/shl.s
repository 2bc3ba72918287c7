.skill shl              # y <- a shifted left by b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        shl  value, other
        st   y, value
.endskill
