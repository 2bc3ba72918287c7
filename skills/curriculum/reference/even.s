.skill even             # 1 if a number is even, else 0
    .input x
    .output y
    .scratch v
        ld   v, x
        mod  v, =2
        mul  v, v
        neg  v, v
        addi v, 1
        st   y, v
.endskill
