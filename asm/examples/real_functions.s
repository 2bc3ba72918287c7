# Division, square root, exponential and sigmoid by the routines of asm/lib/real.s. Each line of input is a function
# (0 to 3 in that order) and two numbers, the second of which only division uses.
#
# run: each of them
#   input: 0 1 3   1 2 0   2 1 0   3 0.5 0
#   output: 0.3333333333333333 1.4142135623730951 2.718281828459045 0.6224593312018546
# run: the quotient of two extremes
#   input: 0 5e-324 1.7976931348623157e308  0 1.7976931348623157e308 1.7976931348623157e308
#   output: 0 1
# run: subnormal results
#   input: 0 1e-310 3   2 -745 0   1 5e-324 0
#   output: 3.3333333333333e-311 5e-324 2.2227587494850775e-162
# run: a quotient too large
#   input: 0 1e200 -1e-200
#   end: fault overflow
# run: division by zero
#   input: 0 1 0
#   end: fault division
# run: the root of a negative number
#   input: 1 -1 0
#   end: fault division

.include "../lib/real.s"

loop:   in   function
        jlt  function, done            # the end of the input
        in   x
        in   y
        ldx  target, table.base
        jmpi target

divide: real_divide x, y
        jmp  show
root:   real_root x, x
        jmp  show
exp:    real_exp x, x
        jmp  show
sigmoid:
        real_sigmoid x, x
show:   out  x
        jmp  loop
done:   halt

.data
x:          . 0
y:          . 0
target:     . 0
table.base: . table
function:   . 0                        # the index beside the base, as LDX wants it
table:      . divide root exp sigmoid

.stack 4
