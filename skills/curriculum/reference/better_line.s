.skill better_line      # the one of two lines that has more inliers; the first where they have as many
    .input m1, c1, k1, m2, c2, k2
    .output m, c, k
    .scratch p, q, r, v
        ld   p, m1
        ld   q, c1
        ld   r, k1
        ld   v, k2
        fcmp v, r
        jle  v, @put
        ld   p, m2
        ld   q, c2
        ld   r, k2
@put:   st   m, p
        st   c, q
        st   k, r
.endskill
