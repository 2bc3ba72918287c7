# A shift by the width of the word: counts go from 0 to W - 1.
#
# run: shifts by 31, then by 32
#   output: -2147483648
#   end: fault shift

        shl  value, =31
        out  value
        shl  value, =32
        out  value

.data
value:  . 1
