.skill fsubleq          # y <- y - x
    .input x
    .output y
    .scratch value, other
        ld   value, y
        ld   other, x
        fsub value, other
        st   y, value
    .jacobian
        st   jacobian, =-1
.endskill
