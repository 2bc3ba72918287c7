.skill divide_sum       # the quotient and the remainder of the sum of two numbers
    .input a, b, k
    .output q, r
    .scratch v, u
        ld   v, a
        ld   u, b
        add  v, u
        ld   u, k
        div  v, u
        st   q, v
        ld   v, a
        ld   u, b
        add  v, u
        ld   u, k
        mod  v, u
        st   r, v
.endskill
