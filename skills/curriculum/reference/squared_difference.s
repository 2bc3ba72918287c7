.skill squared_difference # the square of the difference of two numbers
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        fsub v, u
        fmul v, v
        st   y, v
.endskill
