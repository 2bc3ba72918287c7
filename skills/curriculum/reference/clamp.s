.skill clamp            # a number held between two limits
    .input x, low, high
    .output y
    .scratch v, w
        ld   v, x
        ld   w, low
        max  v, w
        ld   w, high
        min  v, w
        st   y, v
.endskill
