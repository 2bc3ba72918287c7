.skill real_count_if_at_most# a count, and 1 if one number is not above another
    .input k, a, b
    .output y
    .scratch v, u, w
        ld   w, k
        ld   v, a
        ld   u, b
        fcmp v, u
        jle  v, @one
        st   y, w
        return
@one:   fadd w, =1
        st   y, w
.endskill
