.skill divmod           # the quotient and the remainder of a division
    .input a, b
    .output q, r
    .scratch v, w, u
        ld   v, a
        ld   w, b
        mov  u, v
        div  v, w
        st   q, v
        mod  u, w
        st   r, u
.endskill
