.skill first            # the first number of a vector
    .input x
    .output y
    .constant n
    .scratch v
        ld   v, x
        st   y, v
.endskill
