# A routine that calls itself for ever, until no cell of the stack is left.
#
# run: calls and calls
#   output: 1 2 3 4
#   end: fault stack-overflow

deeper: addi depth, 1
        out  depth
        call deeper

.data
depth:  . 0

.stack 3
