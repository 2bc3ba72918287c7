# options: dialect=subleq
a b     # cells: 7 6 3
a       # cells: 7 7 6
b: 0 a: 0 0
