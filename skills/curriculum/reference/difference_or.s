.skill difference_or    # the exclusive or of two bits, without the atom for it
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        xor  v, w
        st   y, v
.endskill
