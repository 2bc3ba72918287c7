.skill max3             # the largest of three numbers
    .input a, b, c
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        max  v, w
        ld   w, c
        max  v, w
        st   y, v
.endskill
