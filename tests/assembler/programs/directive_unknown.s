.cels 1         # error: unknown directive '.cels' at 1
# hint: did you mean 'cells'
