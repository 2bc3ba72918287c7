.skill xnor             # 1 if two bits are equal, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        xor  v, w
        xor  v, =1
        st   y, v
.endskill
