m 1            # error: 'm' is a macro, not a value at 1
.macro m x
  . x
.endmacro
