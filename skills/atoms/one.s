.skill one              # y <- 1
    .output y
        st   y, =1
.endskill
