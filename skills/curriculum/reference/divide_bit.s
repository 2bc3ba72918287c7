.skill divide_bit       # a step of long division in binary: a bit is put after the remainder, and that is divided anew
    .input r, x, k
    .output q, rest
    .scratch v, u, w
        ld   v, r
        add  v, v
        ld   u, x
        add  v, u
        ld   u, k
        mov  w, v
        div  v, u
        mod  w, u
        st   q, v
        st   rest, w
.endskill
