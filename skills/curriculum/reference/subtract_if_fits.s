.skill subtract_if_fits # a number less another one, or the number itself where it is less than the other
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        sub  v, u
        jlt  v, @less
        st   y, v
        return
@less:  add  v, u
        st   y, v
.endskill
