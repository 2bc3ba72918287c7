# An integer divided by zero.
#
# run: divides by three, then by zero
#   output: 3
#   end: fault division

        div  value, =3
        out  value
        div  value, =0
        out  value

.data
value:  . 10
