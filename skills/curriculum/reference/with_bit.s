.skill with_bit         # a number with the bit at a place set to 1
    .input a, b
    .output y
    .scratch v, w, u
        ld   v, a
        ld   w, b
        mov  u, =1
        shl  u, w
        or   v, u
        st   y, v
.endskill
