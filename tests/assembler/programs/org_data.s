halt
.data
. 1
.org 8
x: . 2
# symbols: x=8
# layout: code 0 3, data 3 9
