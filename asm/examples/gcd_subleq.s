# The greatest common divisor of two positive numbers in plain SUBLEQ: subtract one from the other until nothing is
# left, then exchange their parts.
#
# run: twelve and eighteen
#   input: 12 18
#   output: 6
# run: equal
#   input: 7 7
#   output: 7
# run: coprime
#   input: 35 64
#   output: 1
# run: larger
#   input: 1071 462
#   output: 21

.dialect subleq

           -1 a                      # a <- input
           -1 b

# Subtract b from a until a <= 0.
reduce_a:  b a a_is_small
           zero zero reduce_a
a_is_small:
           minus_one a a_is_below    # a + 1 <= 0: a was negative
           b -1                      # a was 0: b is the answer
           zero zero -1
a_is_below:
           one a                     # undo the + 1, then a <- a + b, in two subtractions
           b zero
           zero a
           zero zero

# The same the other way round.
reduce_b:  a b b_is_small
           zero zero reduce_b
b_is_small:
           minus_one b b_is_below
           a -1
           zero zero -1
b_is_below:
           one b
           a zero
           zero b
           zero zero reduce_a

a:         . 0
b:         . 0
zero:      . 0
one:       . 1
minus_one: . -1
