.cels 1         # error: unknown directive '.cels' at 1
# hint: did you mean '.cells'
.strin "a"      # error: unknown directive '.strin' at 1
# hint: did you mean '.string'
