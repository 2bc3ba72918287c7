.cells 1, x: 2, y: 3
.reals z: 4
. x y z            # cells: 1 2 3
