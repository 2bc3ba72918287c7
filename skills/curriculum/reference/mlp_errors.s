.require mlp_output_error, back_error

.skill mlp_errors       # backpropagation: the hidden layer of rectified linear units of a perceptron without biases, the errors of its outputs, and those of the hidden layer
    .input x, t
    .output h, e, d
    .constant i, k, o
    .weight w1, w2
        .invoke mlp_output_error, x, t, h, e, i, k, o, w1, w2
        .invoke back_error, e, h, d, o, k, w2
.endskill
