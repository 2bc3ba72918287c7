# options: dialect=subleq-modulo width=8
.org 150
x: . x          # cells: -106
