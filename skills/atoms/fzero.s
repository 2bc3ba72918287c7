.skill fzero            # y <- 0
    .output y
        st   y, =0
    .jacobian
                        # no inputs, so the matrix has no columns
.endskill
