.skill both                            # quotient and remainder
    .input a, b
    .output q, r
    .scratch u, v, w
        ld   u, a
        ld   v, b
        mov  w, u
        div  u, v
        mod  w, v
        st   q, u
        st   r, w
.endskill
