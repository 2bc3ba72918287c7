. 1,2 , 3 4         # cells: 1 2 3 4
. 1,,2              # error: expected an expression or a string or a label, found ',' at 5
. ,1                # error: expected an expression or a string or a label, found ',' at 3
