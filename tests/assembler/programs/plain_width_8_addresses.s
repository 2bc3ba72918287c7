# options: dialect=subleq width=8
.org 150
x: . x          # error: address 150 does not fit 8 bits at 6
# hint: a wider word holds it
