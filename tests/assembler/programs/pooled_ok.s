add x, =5        # cells: add 13 9
add x, =2 + 3    # cells: add 13 9
=-1 =x =x        # cells: 10 11 11
.data
x: . 0 =five =5.0 =(=5) # cells: 0 9 9 12
.const five, 5
# layout: code 0 9, literals 9 13, data 13 17
# all: add 13 9 add 13 9 10 11 11 5 -1 13 9 0 9 9 12
