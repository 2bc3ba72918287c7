# A perceptron with two layers tells irises apart: four measurements go through five hidden units (ReLU) to three
# outputs, and the largest output is the class. 0 is setosa, 1 versicolor, 2 virginica.
#
# The flowers are from R. A. Fisher's iris data (1936), as scikit-learn ships them; scripts/make-perceptron trained the
# network on 120 others.
#
# run: twelve flowers that the training never saw
#   output: 0 0 0 0  1 1 1 1  2 2 2 2

.const INPUTS, 4
.const HIDDEN, 5
.const OUTPUTS, 3

        movi flower, flowers
next_flower:
        movi weight, weights           # runs through both layers

        mov  from, flower
        movi to, hidden
        movi inputs, -INPUTS
        movi outputs, -HIDDEN
        call layer
        call relu

        movi from, hidden
        movi to, scores
        movi inputs, -HIDDEN
        movi outputs, -OUTPUTS
        call layer
        call argmax
        out  class

        addi flower, INPUTS
        mov  left, flower
        sub  left, =flowers.end
        jlt  left, next_flower
        halt

# layer: for each output, the sum of weight times input, then the bias. `inputs` and `outputs` are negative counts, as a
# counter that rises to 0 needs one jump a turn.
layer:  movi sum, 0
        mov  input, from
        mov  left, inputs
@term:  ld   value, weight
        ld   factor, input
        fmul value, factor
        fadd sum, value
        addi weight, 1
        addi input, 1
        addi left, 1
        jlt  left, @term
        ld   value, weight             # the bias
        fadd sum, value
        addi weight, 1
        st   to, sum
        addi to, 1
        addi outputs, 1
        jlt  outputs, layer
        ret

# relu: what is negative in `hidden` becomes 0.
relu:   movi to, hidden
        movi left, -HIDDEN
@next:  ld   value, to
        jlt  value, @negative
        jmp  @advance
@negative:
        st   to, =0
@advance:
        addi to, 1
        addi left, 1
        jlt  left, @next
        ret

# argmax: class <- the index of the largest number in `scores`, the first such.
argmax: movi class, 0
        mov  best, scores
        movi score.index, 1
@next:  ldx  value, score.base
        mov  order, best
        fcmp order, value
        jlt  order, @better
        jmp  @advance
@better:
        mov  best, value
        mov  class, score.index
@advance:
        addi score.index, 1
        mov  left, score.index
        sub  left, =OUTPUTS
        jlt  left, @next
        ret

.stack 4

.data
flower:  . 0
weight:  . 0
from:    . 0
to:      . 0
inputs:  . 0
outputs: . 0
input:   . 0
left:    . 0
sum:     . 0
value:   . 0
factor:  . 0
best:    . 0
order:   . 0
class:   . 0
score.base:  . scores
score.index: . 0
hidden:  .fill HIDDEN
scores:  .fill OUTPUTS

# ---- Written by scripts/make-perceptron ----
# Right on 120 of 120 flowers in training and on 29 of 30 held out.

weights:                       # a row for each unit: the weights of its inputs, then its bias
        .reals   -0.533   2.939  -0.246    0.51   -4.37
        .reals     -0.6   1.214  -0.728  -1.452     4.5
        .reals    0.003  -2.291   1.547   2.047  -2.972
        .reals    2.073  -3.259  -0.719  -0.859    2.34
        .reals   -0.455   0.922  -0.552  -1.101   3.409
        .reals   -0.402   1.337  -0.742  -0.347   1.009  -1.094
        .reals    1.541  -1.297  -2.183   2.101  -0.982   1.426
        .reals   -1.111  -0.041   2.924  -1.754  -0.031  -0.333

flowers:                       # held out: sepal length and width, petal length and width in cm
        .reals      5.1     3.5     1.4     0.2      # setosa (row 1)
        .reals      4.6     3.4     1.4     0.3      # setosa (row 7)
        .reals      5.4     3.7     1.5     0.2      # setosa (row 11)
        .reals      4.8       3     1.4     0.1      # setosa (row 13)
        .reals      5.5     2.3       4     1.3      # versicolor (row 54)
        .reals      6.5     2.8     4.6     1.5      # versicolor (row 55)
        .reals      5.7     2.8     4.5     1.3      # versicolor (row 56)
        .reals      6.7     3.1     4.4     1.4      # versicolor (row 66)
        .reals      7.1       3     5.9     2.1      # virginica (row 103)
        .reals      6.4     2.7     5.3     1.9      # virginica (row 112)
        .reals      5.7     2.5       5       2      # virginica (row 114)
        .reals      6.4     3.2     5.3     2.3      # virginica (row 116)
flowers.end:
