# options: width=8
.width 16
.cells 255   # cells: -1
