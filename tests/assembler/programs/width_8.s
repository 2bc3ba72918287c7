.width 8
.cells -128, 127, 128, 255  # cells: -128 127 -128 -1
.reals 300, -1000, 1.5      # cells: 300 -1000 1.5
.cells 256                  # error: 256 does not fit a cell of 8 bits (-128..255) at 8
. -129                      # error: -129 does not fit a cell of 8 bits (-128..255) at 3
