.skill implies          # 0 if the first bit is 1 and the second 0, else 1
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        xor  v, =1
        or   v, w
        st   y, v
.endskill
