.macro double x, y
  add x, y
  add x, y
.endmacro
double total, nn  # error: undefined symbol 'nn' at 15
total: . 0
