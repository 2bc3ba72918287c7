.dialect subleq-modulo
.width 8
0 0 255        # cells: 0 0 -1
. 0x80 200 127 # cells: -128 -56 127
# layout: code 0 6, data 6 256
