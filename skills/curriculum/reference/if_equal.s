.skill if_equal         # one of two numbers: the first where two others are equal, else the second
    .input a, b, c, d
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        sub  v, u
        ld   u, c
        jeq  v, @put
        ld   u, d
@put:   st   y, u
.endskill
