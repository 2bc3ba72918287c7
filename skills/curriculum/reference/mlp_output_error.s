.require hidden_layer, layer_error

.skill mlp_output_error # the hidden layer of rectified linear units of a perceptron without biases, and targets less its outputs
    .input x, t
    .output h, e
    .constant i, k, o
    .weight w1, w2
        .invoke hidden_layer, x, h, k, i, w1
        .invoke layer_error, h, t, e, o, k, w2
.endskill
