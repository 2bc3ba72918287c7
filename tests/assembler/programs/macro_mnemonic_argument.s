.macro twice what, x, y
  what x, y
  what x, y
.endmacro
twice add, 7, 8     # cells: add 7 8 add 7 8
