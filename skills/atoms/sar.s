.skill sar              # y <- a shifted right by b, the sign coming in
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        sar  value, other
        st   y, value
.endskill
