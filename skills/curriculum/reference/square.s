.skill square           # the square of a number
    .input x
    .output y
    .scratch v
        ld   v, x
        mul  v, v
        st   y, v
.endskill
