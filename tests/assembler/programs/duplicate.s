x: . 0
x: . 1          # error: 'x' is defined twice at 1
.const x, 2     # error: 'x' is defined twice at 8
# hint: first defined at
