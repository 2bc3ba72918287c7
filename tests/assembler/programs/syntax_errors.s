. (1               # error: expected ')', found the end of the line at 5
. 1 +              # error: expected an expression, found the end of the line at 6
. 1 )              # error: expected an expression, found ')' at 5
// no              # error: expected an expression, found '/' at 1
.cells 1 .cells 2  # error: found '.cells' at 10
1 : 2              # error: unexpected ':' at 3
$x                 # error: unexpected character '$' at 1
