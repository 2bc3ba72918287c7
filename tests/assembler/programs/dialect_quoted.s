.dialect "subleq-silent"
add add      # cells: 3 3 3
add: . 4
