# A jump outside memory: the jump itself is no fault, the fetch after it is.
#
# run: jumps too far
#   output: 1
#   end: fault fetch

        out  =1
        jmp  1000000
