.skill gray_code        # the Gray code of a number
    .input x
    .output y
    .scratch v, w
        ld   v, x
        mov  w, v
        shr  w, =1
        xor  v, w
        st   y, v
.endskill
