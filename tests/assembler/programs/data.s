.data
. 1 2 x:3 "hi"        # cells: 1 2 3 104 105
.    -1, 0x10, 0b11   # cells: -1 16 3
.   "é" x             # cells: 195 169 2
