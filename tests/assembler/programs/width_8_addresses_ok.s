.width 8
. 0xff, 200             # cells: -1 -56
add far, =200           # cells: add 148 146
jmp far                 # cells: jmp 0 148
subleq far, far, far    # cells: 148 148 148
.fill 132
.cells far - near       # cells: 1
.reals far              # cells: 148
low: . low - 100        # cells: 45
.data
near: . 0
far: . 0
.pointer p, far         # cells: 148 1 1 1
