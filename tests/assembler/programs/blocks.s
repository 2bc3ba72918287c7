.data
d: . 1 p
.code
c: jmp c
.block literals
l: . 2
.block pointers
. 3
.pointer p, d
.pointer q, d + 1, 2, 3
.pointer r, d, 4, 5, 6
# all: jmp 0 0 2 1 7 3 4 1 1 1 5 1 2 3 4 6 4 5
# layout: code 0 3, literals 3 4, data 4 6, pointers 6 19
# symbols: d=4 p=7 q=11 r=15 l=3 c=0
