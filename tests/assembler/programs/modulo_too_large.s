# error: the program needs 300 cells; dialect subleq-modulo has 2**8 at 1
.dialect subleq-modulo
.width 8
.fill 300
