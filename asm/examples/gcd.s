# The greatest common divisor of two numbers, by Euclid: (a, b) becomes (b, a mod b) until b is 0.
#
# run: coprime
#   input: 35 64
#   output: 1
# run: large
#   input: 1071 462
#   output: 21
# run: with zero
#   input: 0 12
#   output: 12
# run: negative numbers have a positive divisor
#   input: -48 36
#   output: 12

        in   a
        in   b
loop:   jeq  b, done
        mov  rest, a
        mod  rest, b
        mov  a, b
        mov  b, rest
        jmp  loop
done:   neg  rest, a           # the absolute value
        max  a, rest
        out  a
        halt

.data
a:      . 0
b:      . 0
rest:   . 0
