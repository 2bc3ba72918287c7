.skill nand             # 0 if both bits are 1, else 1
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        and  v, w
        xor  v, =1
        st   y, v
.endskill
