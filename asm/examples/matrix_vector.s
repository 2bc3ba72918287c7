# y = A x with real numbers: A is 3 by 4, row by row in memory, and x is the input.
#
# run: a unit vector picks a column
#   input: 0 1 0 0
#   output: -1.5 0.25 1e-3
# run: reals
#   input: 1 2 3 4
#   output: 8 1.125 100.002
# run: an overflow is a fault
#   input: 1.7e308 0 0 1e308
#   output:
#   end: fault overflow

.const ROWS, 3
.const COLUMNS, 4

        movi x.index, 0                # read x
read:   in   value
        stx  x.base, value
        addi x.index, 1
        mov  left, x.index
        sub  left, =COLUMNS
        jlt  left, read

        movi a.index, 0                # runs through A from its first number to its last
row:    movi sum, 0
        movi x.index, 0
@term:  ldx  value, a.base             # sum <- sum + A[row, column] * x[column]
        ldx  factor, x.base
        fmul value, factor
        fadd sum, value
        addi a.index, 1
        addi x.index, 1
        mov  left, x.index
        sub  left, =COLUMNS
        jlt  left, @term
        out  sum
        mov  left, a.index
        sub  left, =(ROWS * COLUMNS)
        jlt  left, row
        halt

.data
left:    . 0
value:   . 0
factor:  . 0
sum:     . 0
# LDX and STX add two neighbouring cells, a base and an index.
a.base:  . a
a.index: . 0
x.base:  . x
x.index: . 0
x:       .fill COLUMNS
a:       .reals  2.0  -1.5   3.0   0.0
         .reals  0.125 0.25  0.0   0.125
         .reals  0.0   1e-3  0.0  25.0
