.skill zero             # y <- 0
    .output y
        st   y, =0
.endskill
