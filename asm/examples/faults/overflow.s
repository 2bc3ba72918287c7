# A real result too large for a double: there is no infinity.
#
# run: doubles the largest power of two
#   output: 8.98846567431158e+307
#   end: fault overflow

        out  large
        fadd large, large
        out  large

.data
large:  . 8.98846567431158e+307
