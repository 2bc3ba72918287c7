.skill manhattan        # |a - c| + |b - d|
    .input a, b, c, d
    .output y
    .scratch v, w, u
        ld   v, a
        ld   w, c
        sub  v, w
        mov  w, v
        neg  w, w
        max  v, w
        ld   u, b
        ld   w, d
        sub  u, w
        mov  w, u
        neg  w, w
        max  u, w
        add  v, u
        st   y, v
.endskill
