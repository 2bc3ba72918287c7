.skill repeated_mod     # the remainder of a division of positive numbers, from subtraction
    .input a, b
    .output r
    .scratch v, w
        ld   v, a
        ld   w, b
        mod  v, w
        st   r, v
.endskill
