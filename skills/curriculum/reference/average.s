.skill average          # half of the sum of two numbers, rounded down
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        add  v, w
        sar  v, =1
        st   y, v
.endskill
