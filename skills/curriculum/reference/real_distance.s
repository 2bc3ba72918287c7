.skill real_distance    # the distance between two numbers
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        fsub v, u
        mov  u, v
        jle  v, @minus
        st   y, v
        return
@minus: movi v, 0
        fsub v, u
        st   y, v
.endskill
