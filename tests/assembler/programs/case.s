. X x           # cells: 2 3
X: . 1
x: . 2
