.skill without_lowest   # a number with its lowest 1 bit set to 0
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        addi w, -1
        and  v, w
        st   y, v
.endskill
