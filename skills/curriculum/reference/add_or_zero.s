.skill add_or_zero      # the sum of two numbers, 0 where it is below
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        add  v, u
        max  v, =0
        st   y, v
.endskill
