.skill three_bits       # 4 a + 2 b + c
    .input a, b, c
    .output y
    .scratch v, u
        ld   v, a
        add  v, v
        ld   u, b
        add  v, u
        add  v, v
        ld   u, c
        add  v, u
        st   y, v
.endskill
