.skill swap             # exchange two numbers
    .input a, b
    .output p, q
    .scratch v, w
        ld   v, a
        ld   w, b
        st   p, w
        st   q, v
.endskill
