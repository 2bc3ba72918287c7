.skill plus
    .input a, b
    .output y
    .scratch u, v
        ld   u, a
        ld   v, b
        add  u, v
        st   y, u
.endskill
