# A perceptron with two layers, trained inside the machine: four measurements of an iris go through five hidden units
# (ReLU) to three scores, whose softmax should be 1 for the flower's class and 0 for the others. Forward pass, Jacobians
# and update are skills in the state. The chain rule is products of the Jacobians that the skills write; nothing outside
# computes anything. Input: the number of epochs. Output: the loss of each epoch, the sum over 36 flowers as they come
# by; then how many of these the trained network gets right, and how many of 18 others.
#
# The flowers are from R. A. Fisher's iris data (1936), as scikit-learn ships them: every fourth of each class to train
# with. The weights begin at random numbers, normal with deviation 0.4, rounded.
#
# run: three epochs
#   input: 3
#   output: 29.034152859232332 23.074364169981394 17.687799456193584 24 12
# run (slow): forty epochs
#   input: 40
#   output: 29.034152859232332 23.074364169981394 17.687799456193584 14.300941763215635 12.915018603901464
#   output: 12.272102419787236 12.150517416148226 11.547327975995678 11.027478479542049 11.424208406057717
#   output: 10.09643988149015 10.232213576563499 7.8995503461493675 6.488563207073684 7.106509022884979
#   output: 6.426640283849406 5.422145876726822 4.975685019460307 5.486998277780739 6.256153060273236
#   output: 7.936561390818788 6.84616705853699 5.2553444624882975 7.78257775300681 6.853828076932421 5.130684128750654
#   output: 4.380036758378497 8.593797180971306 5.097930458169282 6.6375525512241 3.3553068270335245 4.941153344342479
#   output: 4.426467315029886 5.683484568925761 4.363377632489214 4.130536503702423 4.278760039746777
#   output: 4.133806147820963 4.345949995874006 2.405376594889709 36 16

.require linear, relu, softmax, squared_error, gradient_step, mlp_forward, argmax, fmatmul, ffill, fadd

.const INPUTS, 4
.const HIDDEN, 5
.const CLASSES, 3
.const FIRST, HIDDEN * (INPUTS + 1)            # weights and biases of the first layer, and of the second
.const SECOND, CLASSES * (HIDDEN + 1)

# Places in the working area of train_step.
.const PRE, 0                                  # what goes into the hidden units, and what comes out
.const H, PRE + HIDDEN
.const Z, H + HIDDEN                           # scores, and their softmax
.const P, Z + CLASSES
.const LOSS, P + CLASSES
.const G, LOSS + 1                             # the gradient on its way back, a row: dloss/dp, then dloss/dz
.const G2, G + 2 * CLASSES                     # dloss/d(h, w2, b2)
.const G1, G2 + HIDDEN + SECOND                # dloss/dpre, then dloss/d(x, w1, b1)
.const J, G1 + HIDDEN + INPUTS + FIRST         # a Jacobian
.const WORK, J + HIDDEN * (INPUTS + FIRST)

# One flower: forward, back, update. w holds both layers, each its weights and then its biases.
.skill train_step
    .input x, target, rate
    .output w, work, loss
    .scratch b1, w2, b2, pre, h, z, p, one, g, g2, gz, g1, gpre, j, from
        mov  b1, w
        fadd b1, =(INPUTS * HIDDEN)
        mov  w2, w
        fadd w2, =FIRST
        mov  b2, w2
        fadd b2, =(HIDDEN * CLASSES)
        mov  pre, work
        mov  h, work
        fadd h, =H
        mov  z, work
        fadd z, =Z
        mov  p, work
        fadd p, =P
        mov  one, work
        fadd one, =LOSS
        mov  g, work
        fadd g, =G
        mov  gz, g
        fadd gz, =CLASSES
        mov  g2, work
        fadd g2, =G2
        mov  gpre, work
        fadd gpre, =G1
        mov  g1, gpre
        fadd g1, =HIDDEN
        mov  j, work
        fadd j, =J

        .invoke linear, x, work:pre, =HIDDEN, =INPUTS, w, w:b1
        .invoke relu, work:pre, work:h, =HIDDEN
        .invoke linear, work:h, work:z, =CLASSES, =HIDDEN, w:w2, w:b2
        .invoke softmax, work:z, work:p, =CLASSES
        .invoke squared_error, work:p, target, work:one, =CLASSES
        .invoke fadd, loss, work:one, loss

        # Back: each Jacobian is multiplied from the left by the row of derivatives so far. That of the error is the row
        # itself: its first numbers are dloss/dp.
        .invoke squared_error.jacobian, work:p, target, work:one, =CLASSES, work:g
        .invoke softmax.jacobian, work:z, work:p, =CLASSES, work:j
        .invoke fmatmul, work:g, work:j, work:gz, =1, =CLASSES, =CLASSES
        .invoke linear.jacobian, work:h, work:z, =CLASSES, =HIDDEN, w:w2, w:b2, work:j
        .invoke fmatmul, work:gz, work:j, work:g2, =1, =CLASSES, =(HIDDEN + SECOND)
        .invoke relu.jacobian, work:pre, work:h, =HIDDEN, work:j
        .invoke fmatmul, work:g2, work:j, work:gpre, =1, =HIDDEN, =HIDDEN
        .invoke linear.jacobian, x, work:pre, =HIDDEN, =INPUTS, w, w:b1, work:j
        .invoke fmatmul, work:gpre, work:j, work:g1, =1, =HIDDEN, =(INPUTS + FIRST)

        mov  from, g1                          # the columns of weights and biases stand as w has them
        fadd from, =INPUTS
        .invoke gradient_step, work:from, rate, w, =FIRST
        mov  from, g2
        fadd from, =HIDDEN
        .invoke gradient_step, work:from, rate, w:w2, =SECOND
.endskill

# target <- 1 in the place that index says, else 0.
.skill one_hot
    .input index
    .output target
    .constant n
    .scratch to
        .invoke ffill, =0, target, n
        ld   to, index
        fmul to, target.stride
        fadd to, target
        st   to, =1
.endskill

# All flowers, one after the other. loss is the sum.
.skill train_epoch
    .input x, class, rate
    .output w, work, loss
    .constant n
    .scratch target, 3, left, from, which
        st   loss, =0
        ld   left, n
        mov  from, x
        mov  which, class
@next:  jle  left, @done
        .invoke one_hot, class:which, target, =CLASSES
        .invoke train_step, x:from, target, rate, w, work, loss
        fadd from, =INPUTS
        fadd which, class.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill

# How many flowers have the largest score where they should.
.skill evaluate
    .input x, class
    .output hits
    .constant n
    .weight w
    .scratch hidden, 5, scores, 3, b1, w2, b2, left, from, which, at, wanted, count
        mov  b1, w
        fadd b1, =(INPUTS * HIDDEN)
        mov  w2, w
        fadd w2, =FIRST
        mov  b2, w2
        fadd b2, =(HIDDEN * CLASSES)
        movi count, 0
        ld   left, n
        mov  from, x
        mov  which, class
@next:  jle  left, @done
        .invoke mlp_forward, x:from, hidden, scores, =INPUTS, =HIDDEN, =CLASSES, w, w:b1, w:w2, w:b2
        .invoke argmax, scores, at, =CLASSES
        ld   wanted, which
        sub  at, wanted
        jeq  at, @hit
        jmp  @miss
@hit:   addi count, 1
@miss:  fadd from, =INPUTS
        fadd which, class.stride
        addi left, -1
        jmp  @next
@done:  st   hits, count
.endskill

        in   epochs
loop:   jle  epochs, end
        .invoke train_epoch, flowers, classes, rate, weights, work, loss, =36
        out  loss
        addi epochs, -1
        jmp  loop
end:    .invoke evaluate, flowers, classes, hits, =36, weights
        out  hits
        .invoke evaluate, others, classes_of_others, hits, =18, weights
        out  hits
        halt

.data
epochs: . 0
hits:   . 0
loss:   . 0
rate:   . 0.05
work.data: .fill WORK
w.data:                        # a row for each unit, then the biases; the first layer, then the second
        .reals  -0.04  -0.59   0.43   -0.1
        .reals   -0.2   -0.4   0.37  -0.44
        .reals   0.25  -0.22   0.01  -0.09
        .reals   0.24    0.3  -0.42   0.42
        .reals    0.3   0.43   0.61   -0.6
        .fill 5
        .reals   0.25   0.15   0.22  -0.44   0.01
        .reals      1     -1  -0.09  -0.04  -0.35
        .reals  -0.05   0.04   -0.1  -0.03  -0.43
        .fill 3
flowers.data:                  # sepal length and width, petal length and width in cm
        .reals    5.1    3.5    1.4    0.2      # setosa (row 1)
        .reals      7    3.2    4.7    1.4      # versicolor (row 51)
        .reals    6.3    3.3      6    2.5      # virginica (row 101)
        .reals      5    3.6    1.4    0.2      # setosa (row 5)
        .reals    6.5    2.8    4.6    1.5      # versicolor (row 55)
        .reals    6.5      3    5.8    2.2      # virginica (row 105)
        .reals    4.4    2.9    1.4    0.2      # setosa (row 9)
        .reals    6.6    2.9    4.6    1.3      # versicolor (row 59)
        .reals    6.7    2.5    5.8    1.8      # virginica (row 109)
        .reals    4.8      3    1.4    0.1      # setosa (row 13)
        .reals      6    2.2      4      1      # versicolor (row 63)
        .reals    6.8      3    5.5    2.1      # virginica (row 113)
        .reals    5.4    3.9    1.3    0.4      # setosa (row 17)
        .reals    5.6      3    4.5    1.5      # versicolor (row 67)
        .reals    6.5      3    5.5    1.8      # virginica (row 117)
        .reals    5.4    3.4    1.7    0.2      # setosa (row 21)
        .reals    5.9    3.2    4.8    1.8      # versicolor (row 71)
        .reals    6.9    3.2    5.7    2.3      # virginica (row 121)
        .reals    4.8    3.4    1.9    0.2      # setosa (row 25)
        .reals    6.4    2.9    4.3    1.3      # versicolor (row 75)
        .reals    6.7    3.3    5.7    2.1      # virginica (row 125)
        .reals    5.2    3.4    1.4    0.2      # setosa (row 29)
        .reals      6    2.9    4.5    1.5      # versicolor (row 79)
        .reals    6.4    2.8    5.6    2.1      # virginica (row 129)
        .reals    5.2    4.1    1.5    0.1      # setosa (row 33)
        .reals    5.8    2.7    3.9    1.2      # versicolor (row 83)
        .reals    6.4    2.8    5.6    2.2      # virginica (row 133)
        .reals    5.5    3.5    1.3    0.2      # setosa (row 37)
        .reals    6.7    3.1    4.7    1.5      # versicolor (row 87)
        .reals    6.3    3.4    5.6    2.4      # virginica (row 137)
        .reals      5    3.5    1.3    0.3      # setosa (row 41)
        .reals    5.5    2.6    4.4    1.2      # versicolor (row 91)
        .reals    6.7    3.1    5.6    2.4      # virginica (row 141)
        .reals    5.1    3.8    1.9    0.4      # setosa (row 45)
        .reals    5.6    2.7    4.2    1.3      # versicolor (row 95)
        .reals    6.7    3.3    5.7    2.5      # virginica (row 145)
classes.data:
        .cells 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2
        .cells 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2
others.data:
        .reals    4.7    3.2    1.3    0.2      # setosa (row 3)
        .reals    6.9    3.1    4.9    1.5      # versicolor (row 53)
        .reals    7.1      3    5.9    2.1      # virginica (row 103)
        .reals    5.4    3.7    1.5    0.2      # setosa (row 11)
        .reals      5      2    3.5      1      # versicolor (row 61)
        .reals    6.5    3.2    5.1      2      # virginica (row 111)
        .reals    5.7    3.8    1.7    0.3      # setosa (row 19)
        .reals    6.2    2.2    4.5    1.5      # versicolor (row 69)
        .reals    7.7    2.6    6.9    2.3      # virginica (row 119)
        .reals      5    3.4    1.6    0.4      # setosa (row 27)
        .reals    6.8    2.8    4.8    1.4      # versicolor (row 77)
        .reals    6.2    2.8    4.8    1.8      # virginica (row 127)
        .reals    4.9    3.1    1.5    0.2      # setosa (row 35)
        .reals    5.4      3    4.5    1.5      # versicolor (row 85)
        .reals    6.1    2.6    5.6    1.4      # virginica (row 135)
        .reals    4.4    3.2    1.3    0.2      # setosa (row 43)
        .reals    5.8    2.6      4    1.2      # versicolor (row 93)
        .reals    5.8    2.7    5.1    1.9      # virginica (row 143)
classes_of_others.data:
        .cells 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2
.pointer weights, w.data, 1, FIRST + SECOND
.pointer work, work.data, 1, WORK
.pointer flowers, flowers.data, 36, INPUTS
.pointer classes, classes.data, 1, 36
.pointer others, others.data, 18, INPUTS
.pointer classes_of_others, classes_of_others.data, 1, 18

.stack 400
