.macro m x, y
  . x y
.endmacro
m 1            # error: macro 'm' takes 2 arguments (x, y), not 1 at 1
m 1, z: 2      # error: a macro's argument takes no label at 6
m 1, "x" + 1   # error: expected an expression, found '+' at 10
