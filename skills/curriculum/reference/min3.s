.skill min3             # the smallest of three numbers
    .input a, b, c
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        min  v, w
        ld   w, c
        min  v, w
        st   y, v
.endskill
