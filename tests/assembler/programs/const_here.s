. 1 2
.const here, ?
. here             # cells: 2
