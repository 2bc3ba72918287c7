.skill sort2            # two numbers in order
    .input a, b
    .output p, q
    .scratch v, w, u
        ld   v, a
        ld   w, b
        mov  u, v
        min  u, w
        st   p, u
        max  v, w
        st   q, v
.endskill
