.width 8
.cells -128, 127, 128, 255  # cells: -128 127 -128 -1
.reals 300, -1000, 1.5      # cells: 300 -1000 1.5
. 'é' "é"                   # cells: -23 -61 -87
movi 300, 200               # cells: movi 300 -56
jmp 1000                    # cells: jmp 0 1000
