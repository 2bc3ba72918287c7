.fill 3            # cells: 0 0 0
.fill 2, 7         # cells: 7 7
.fill n, -1.5      # cells: -1.5 -1.5
.fill 0
.fill -1           # error: -1 cells: it must be between 0 and 16,777,216 at 7
.fill 1.5          # error: expected an integer, found a real at 7
.const n, 2
