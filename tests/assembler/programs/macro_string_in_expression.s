.macro m x
  . x + 1      #
.endmacro
m "a"          # error: a string cannot be part of an expression at 3
