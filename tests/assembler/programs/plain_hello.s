# The usual loop over a string, as SUBLEQ assemblers write it.
# options: dialect=subleq
top: p (-1)      # cells: 21 -1 3
     m1 top      # cells: 19 0 6
     m1 len E    # cells: 19 22 15
     Z Z top     # cells: 20 20 0
     Z Z 0       # cells: 20 20 0
E:   Z Z -1      # cells: 20 20 -1
. 0
. m1: -1 Z: 0 p: H len: -5  # cells: -1 0 23 -5
. H: "hello"     # cells: 104 101 108 108 111
