.skill majority3        # the bit that occurs at least twice among three
    .input a, b, c
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        add  v, w
        ld   w, c
        add  v, w
        shr  v, =1
        st   y, v
.endskill
