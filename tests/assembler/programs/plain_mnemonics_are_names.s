# options: dialect=subleq
add min        # cells: 4 3 3
min: . 5 add:6 # cells: 5 6
