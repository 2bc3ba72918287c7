# The squared error of a polynomial, whose coefficients stand in `weights`, at the points of the input: their number,
# then x and y of each. `ccc gradient --of loss --wrt weights:weights+3` says which way the coefficients should move.
#
# run: three points
#   input: 3  0 1  1 2  2 4
#   output: 5.25
# run: a polynomial that fits
#   input: 2  -1 3.5  4 6
#   output: 0
# run: no points
#   input: 0
#   output: 0

        in   points
loop:   jeq  points, done
        in   x
        in   y
        movi error, 0
        movi term + 1, 0
        movi count, 3
horner: fmul error, x                  # the highest coefficient first
        ldx  weight, term
        fadd error, weight
        addi term + 1, 1
        addi count, -1
        jeq  count, square
        jmp  horner
square: fsub error, y
        fmul error, error
        fadd loss, error
        addi points, -1
        jmp  loop
done:   out  loss
        halt

.data
points: . 0
x:      . 0
y:      . 0
error:  . 0
loss:   . 0
count:  . 0
weight: . 0
term:   . weights 0                    # the index beside the base, as LDX wants it
weights:
        .reals 0.5, -1, 2
