# Figure 2(b) of the paper: a linear layer, composed. `c_linear` calls `c_matvec` and `fadd`; that calls `c_dot`; and
# that `fmul` and `fadd`, over and over. Each is a skill in the state, called by EXEC; the weights are data. Printed are
# the outputs of the composed layer, and those of `linear`, which is written for speed: they agree.
#
# run: three inputs, two outputs
#   input: 1 -2 0.5
#   output: 8.5 17  8.5 17

.require c_linear, linear

        in   x.data
        in   x.data + 1
        in   x.data + 2
        .invoke c_linear, x, y, rows, columns, w, b
        out  y.data
        out  y.data + 1
        .invoke linear, x, y, rows, columns, w, b
        out  y.data
        out  y.data + 1
        halt

.data
rows:   . 2
columns: . 3
x.data: .fill 3
y.data: .fill 2
w.data: .reals 1 2 3
        .reals 4 5 6
b.data: .reals 10 20
.pointer x, x.data, 1, 3
.pointer y, y.data, 1, 2
.pointer w, w.data, 2, 3
.pointer b, b.data, 1, 2

.stack 200
