.skill abs_diff         # the distance between two numbers
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        sub  v, w
        mov  w, v
        neg  w, w
        max  v, w
        st   y, v
.endskill
