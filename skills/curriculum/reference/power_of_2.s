.skill power_of_2       # 2 to the power of n
    .input n
    .output y
    .scratch v, w
        ld   v, n
        mov  w, =1
        shl  w, v
        mov  v, w
        st   y, v
.endskill
