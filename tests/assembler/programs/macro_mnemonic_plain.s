.dialect subleq
.macro add x
  . x
.endmacro
add 3          # cells: 3
