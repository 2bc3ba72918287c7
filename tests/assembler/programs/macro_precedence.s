.macro times x, y
  .cells x * y, -x
.endmacro
times 1 + 2, 3 + 4   # cells: 21 -3
