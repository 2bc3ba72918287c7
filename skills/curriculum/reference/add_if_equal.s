.skill add_if_equal     # a sum, and a number too where two others are equal
    .input s, a, b, x
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        sub  v, u
        ld   u, s
        jeq  v, @add
        st   y, u
        return
@add:   ld   v, x
        add  u, v
        st   y, u
.endskill
