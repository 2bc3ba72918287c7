.skill keep_if_equal    # a number where two others are equal, else 0
    .input a, b, x
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        sub  v, u
        ld   u, x
        jeq  v, @put
        movi u, 0
@put:   st   y, u
.endskill
