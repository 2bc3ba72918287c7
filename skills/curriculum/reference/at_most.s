.skill at_most          # 1 if the first number is at most the second, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        fcmp v, w
        max  v, =0
        neg  v, v
        addi v, 1
        st   y, v
.endskill
