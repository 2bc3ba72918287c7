.macro inner x
  . 1 / x       # error: division by zero at 7
.endmacro
.macro outer x
  inner x       # note@2: in the expansion of macro 'inner', used here
.endmacro
outer 0         # note@2: in the expansion of macro 'outer', used here
