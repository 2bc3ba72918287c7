.skill finc             # y <- x + 1
    .input x
    .output y
    .scratch value
        ld   value, x
        fadd value, =1
        st   y, value
    .jacobian
        st   jacobian, =1
.endskill
