.skill abs              # the absolute value of a number
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        neg  w, w
        max  v, w
        st   y, v
.endskill
