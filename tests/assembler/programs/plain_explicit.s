# options: dialect=subleq
SUBLEQ x, x      # cells: 9 9 3
subleq x x ?-5   # cells: 9 9 0
subleq x, -1, x  # cells: 9 -1 9
x: . 0
