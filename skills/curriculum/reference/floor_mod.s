.skill floor_mod        # a modulo b, from 0 to b - 1
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        mod  v, w
        add  v, w
        mod  v, w
        st   y, v
.endskill
