.macro double x, y
  add x, y
  add x, y
.endmacro
double total, n   # cells: add 12 13 add 12 13
double n n + 1    # cells: add 13 14 add 13 14
total: . 0
n: . 0
