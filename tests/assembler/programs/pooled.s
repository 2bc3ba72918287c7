add x, =5        # cells: add 9 10
add x, =2 + 3    # cells: add 9 10
. =-1 =x =x      # cells: 11 12 12
x: . 0
# layout: code 0 10, literals 10 13
# all: add 9 10 add 9 10 11 12 12 0 5 -1 9
