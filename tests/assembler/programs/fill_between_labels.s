a: . 1 2 3
b: .fill b - a, 9  # cells: 9 9 9
