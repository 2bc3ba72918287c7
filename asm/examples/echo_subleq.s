# Copy the input to the output, in plain SUBLEQ. The end of the input reads as -1, so a value is text if value + 1 > 0.
#
# run: text
#   input: "Hi!\n"
#   output: "Hi!\n"
# run: a zero is text too
#   input: 65 0 66
#   output: 65 0 66
# run: no input

.dialect subleq

loop:      -1 value               # a = -1 is the input port: value <- input
           minus_one value -1     # value + 1 <= 0 only at the end: halt
           one value              # undo
           value -1               # output
           zero zero loop

value:     . 0
zero:      . 0
one:       . 1
minus_one: . -1
