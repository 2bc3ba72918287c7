.skill nor              # 1 if both bits are 0, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        or   v, w
        xor  v, =1
        st   y, v
.endskill
