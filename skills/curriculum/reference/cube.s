.skill cube             # the third power of a number
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        mul  v, v
        mul  v, w
        st   y, v
.endskill
