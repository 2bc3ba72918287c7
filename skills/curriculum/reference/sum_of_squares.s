.skill sum_of_squares   # the sum of the squares of two numbers
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        mul  v, v
        mul  w, w
        add  v, w
        st   y, v
.endskill
