. a -1            # cells: 5 -1
. a - 1           # cells: 4
. a-1, - 2        # cells: 4 -2
. -1 -a           # cells: -1 -5
. a -(1)          # cells: 5 -1
. - - 3, --3, -~0 # cells: 3 3 1
.const a, 5
