.macro zero x
  x x
.endmacro
.macro move to, from
  zero to
  from t
  @skip: t to @done
  @done: zero t
.endmacro
move a, b           # cells: 24 24 3 25 26 6 26 24 9 26 26 12
move b, a - 0       # cells: 25 25 15 24 26 18 26 25 21 26 26 24
a: 1 b: 2 t: 0
# symbols: move.1@skip=6 move.4@skip=18 a=24
