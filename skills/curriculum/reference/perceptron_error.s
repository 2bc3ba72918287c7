.require perceptron_predict

.skill perceptron_error # a label of 0 or 1 less what a perceptron predicts
    .input x, t
    .output y
    .constant n
    .weight w, b
    .scratch v, u
        .invoke perceptron_predict, x, v, n, w, b
        ld   u, t
        fsub u, v
        st   y, u
.endskill
