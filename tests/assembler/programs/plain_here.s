# options: dialect=subleq
? ? ?          # cells: 0 1 2
? + 1, ?-1     # cells: 4 3 6
?              # cells: 6 6 9
