# A return without a call.
#
# run: returns to nowhere
#   output: 1
#   end: fault stack-underflow

        out  =1
        ret

.stack 1
