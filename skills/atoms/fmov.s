.skill fmov             # y <- x
    .input x
    .output y
    .scratch value
        ld   value, x
        st   y, value
    .jacobian
        st   jacobian, =1
.endskill
