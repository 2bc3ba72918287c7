.skill odd              # 1 if a number is odd, else 0
    .input x
    .output y
    .scratch v
        ld   v, x
        mod  v, =2
        mul  v, v
        st   y, v
.endskill
