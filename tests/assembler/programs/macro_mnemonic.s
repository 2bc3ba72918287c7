.macro add x   # error: a macro cannot take the name of the instruction 'add' at 8
  . x
.endmacro
. 0
