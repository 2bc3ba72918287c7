# options: dialect=subleq
a b c   # cells: 6 7 8
3 4 5   # cells: 3 4 5
a: 0 b: 0 c: 0
