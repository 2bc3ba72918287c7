.skill next_square      # the square of the next number
    .input x
    .output y
    .scratch v
        ld   v, x
        addi v, 1
        mul  v, v
        st   y, v
.endskill
