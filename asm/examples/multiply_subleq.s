# Products in plain SUBLEQ. The first input says how many pairs follow.
#
# run: signs
#   input: 4  6 7  -6 7  6 -7  -6 -7
#   output: 42 -42 -42 42
# run: zero, and the largest integers, whose product wraps
#   input: 2  0 -5  2147483647 2147483647
#   output: 0 1
# run: the smallest integer
#   input: 4  -2147483648 -1  -2147483648 3  -2147483648 2  -1 -2147483648
#   output: -2147483648 -2147483648 0 -2147483648

.include "../lib/subleq_multiply.s"

        in   left
loop:   jle  left, done
        in   x
        in   y
        multiply_cells x, x, y
        out  x
        dec  left
        jmp  loop
done:   halt

.data
left:   . 0
x:      . 0
y:      . 0
