.cells 1, 2, -3    # cells: 1 2 -3
.reals 1, 2.5      # cells: 1 2.5
