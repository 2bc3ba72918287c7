.skill sort3            # three numbers in order
    .input a, b, c
    .output p, q, r
    .scratch u, v, w, s
        ld   u, a
        ld   v, b
        ld   w, c
        mov  s, u
        min  u, v
        max  v, s  # u <= v
        mov  s, v
        min  v, w
        max  w, s  # w is the largest
        mov  s, u
        min  u, v
        max  v, s
        st   p, u
        st   q, v
        st   r, w
.endskill
