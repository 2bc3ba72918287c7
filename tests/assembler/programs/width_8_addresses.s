.width 8
.org 148
b0: . 0
e0: . b0              # error: address 148 does not fit 8 bits at 7
.cells b0 + 1         # error: address 149 does not fit 8 bits at 8
movi b0, b0           # error: address 148 does not fit 8 bits at 10
add b0, =b0           # error: address 148 does not fit 8 bits at 10
.fill 2, b0           # error: address 148 does not fit 8 bits at 10
.const k, b0 + 1
. 0xff, k + 200       # error: address 349 does not fit 8 bits at 9
. ?                   # error: address 161 does not fit 8 bits at 3
# hint: `.pointer` or `.reals` holds it
