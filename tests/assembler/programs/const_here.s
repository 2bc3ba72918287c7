. 1 2
.const here, ?     # constants: here=2
. here             # cells: 2
