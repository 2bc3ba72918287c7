.skill power_of_two     # 1 if a number above 0 is a power of two, else 0
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        addi w, -1
        and  v, w
        min  v, =1
        neg  v, v
        addi v, 1
        st   y, v
.endskill
