.skill shr              # y <- a shifted right by b, zeros coming in
    .input a, b
    .output y
    .scratch value, other
        ld   value, a
        ld   other, b
        shr  value, other
        st   y, value
.endskill
