.skill div              # y <- a / b, truncated toward zero
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        div  value, other
        st   y, value
.endskill
