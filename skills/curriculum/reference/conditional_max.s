.skill conditional_max  # the larger of two numbers, from a conditional move
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        max  v, w
        st   y, v
.endskill
