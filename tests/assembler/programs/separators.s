. 1; . 2 ; ; . 3    # cells: 1 2 3
a: b: ; . 4         # cells: 4
# symbols: a=3 b=3
