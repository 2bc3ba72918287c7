.require real_matvec, real_vector_sub

.skill layer_error      # targets less the outputs of a linear layer without biases
    .input x, t
    .output y
    .constant r, c
    .weight w
        .invoke real_matvec, w, x, y, r, c
        .invoke real_vector_sub, t, y, y, r
.endskill
