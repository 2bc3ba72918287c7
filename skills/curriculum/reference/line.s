.skill line             # m x + c
    .input m, c, x
    .output y
    .scratch v, w, u
        ld   v, m
        ld   w, x
        mul  v, w
        ld   u, c
        add  v, u
        st   y, v
.endskill
