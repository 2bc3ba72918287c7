.skill isolated_lowest  # the lowest 1 bit of a number, alone
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        neg  w, w
        and  v, w
        st   y, v
.endskill
