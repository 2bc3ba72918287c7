.macro m x
  m x          # error: macro 'm' uses itself at 3
.endmacro
m 1
. 0
