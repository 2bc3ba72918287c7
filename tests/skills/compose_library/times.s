.skill times
    .input a, b
    .output y
    .scratch u, v
        ld   u, a
        ld   v, b
        mul  u, v
        st   y, u
.endskill
