.require real_matvec, rectify_all

.skill hidden_layer     # a layer of rectified linear units without biases
    .input x
    .output y
    .constant r, c
    .weight w
        .invoke real_matvec, w, x, y, r, c
        .invoke rectify_all, y, y, r
.endskill
