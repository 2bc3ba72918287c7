.register pc, =3
.const c, =4 + 0
add x, =3
x: . c
# all: add 3 4 5 3 4
# registers: pc=4
