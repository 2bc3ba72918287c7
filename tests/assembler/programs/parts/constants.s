.const seven, 7
.macro bump x
  . x + 1
.endmacro
