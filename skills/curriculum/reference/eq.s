.skill eq               # 1 if two numbers are equal, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        fcmp v, w
        mul  v, v
        neg  v, v
        addi v, 1
        st   y, v
.endskill
