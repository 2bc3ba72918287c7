.skill differ           # 1 if two numbers differ, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        fcmp v, w
        mul  v, v
        st   y, v
.endskill
