movi x, n: 5      # cells: movi 6 5
addi n, 1         # cells: addi 2 1
x: 0 0 0
