.skill add_squared_difference# a sum, and the square of the difference of two numbers
    .input s, a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        fsub v, u
        fmul v, v
        ld   u, s
        fadd v, u
        st   y, v
.endskill
