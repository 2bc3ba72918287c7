.skill fone             # y <- 1
    .output y
        st   y, =1
    .jacobian
                        # no inputs, so the matrix has no columns
.endskill
