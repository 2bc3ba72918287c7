.skill repeated_divmod  # quotient and remainder of two positive numbers, from subtraction
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
