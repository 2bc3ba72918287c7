# y <- x * x, and dy/dx = 2 x.
.skill square
    .input x
    .output y
    .scratch value
        ld   value, x
        fmul value, value
        st   y, value
    .jacobian
    .scratch slope
        ld   slope, x
        fadd slope, slope
        st   jacobian, slope
.endskill
