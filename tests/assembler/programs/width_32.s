.cells 0xffffffff, 0x80000000  # cells: -1 -2147483648
.cells 0x100000000             # error: does not fit a cell of 32 bits at 8
