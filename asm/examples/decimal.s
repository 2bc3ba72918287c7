# Print numbers as decimal text, one a line. The first input says how many there are.
#
# run: the usual
#   input: 3  0 7 1234
#   output: "0\n7\n1234\n"
# run: the limits of a 32-bit integer
#   input: 2  2147483647 -2147483648
#   output: "2147483647\n-2147483648\n"
# run: nothing to print
#   input: 0

.include "../lib/print.s"

        in   left
loop:   jle  left, done
        in   number
        print_decimal number
        print_newline
        addi left, -1
        jmp  loop
done:   halt

.data
left:   . 0
number: . 0

.stack 16
