.skill triple           # three times a number
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        add  v, v
        add  v, w
        st   y, v
.endskill
