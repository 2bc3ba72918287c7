.skill plus    # sum <- a + b
    .input a, b
    .output sum
    .scratch value, other
        ld   value, a
        ld   other, b
        add  value, other
        st   sum, value
.endskill
