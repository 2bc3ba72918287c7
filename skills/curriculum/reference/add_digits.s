.skill add_digits       # the sum of two digits and a carry in a base: its digit and the next carry
    .input a, b, c, k
    .output digit, carry
    .scratch v, u, w
        ld   v, a
        ld   u, b
        add  v, u
        ld   u, c
        add  v, u
        ld   u, k
        mov  w, v
        div  v, u
        mod  w, u
        st   digit, w
        st   carry, v
.endskill
