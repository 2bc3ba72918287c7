.skill conditional_min  # the smaller of two numbers, from a conditional move
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        min  v, w
        st   y, v
.endskill
