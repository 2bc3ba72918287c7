.skill xor              # y <- a xor b, bit by bit
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        xor  value, other
        st   y, value
.endskill
