.skill mul              # y <- a b
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        mul  value, other
        st   y, value
.endskill
