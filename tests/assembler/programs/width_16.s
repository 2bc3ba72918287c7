.width 16
.cells 0xffff, 32768, 32767  # cells: -1 -32768 32767
.cells 65536                 # error: 65536 does not fit a cell of 16 bits at 8
