# An integer instruction meets a real number. (2.0 would do: what counts is the value.)
#
# run: adds a half
#   output: 3
#   end: fault integer

        add  sum, whole
        out  sum
        add  sum, half
        out  sum

.data
sum:    . 1
whole:  . 2.0
half:   . 0.5
