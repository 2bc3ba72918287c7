.skill complement       # 1 - x
    .input x
    .output y
    .scratch v
        ld   v, x
        neg  v, v
        addi v, 1
        st   y, v
.endskill
