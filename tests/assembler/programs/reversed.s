# options: dialect=subleq-reversed
a b       # cells: 3 4 3
a: 1 b: 2 # cells: 1 2 6
