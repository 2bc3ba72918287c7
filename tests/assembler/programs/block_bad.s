.block dta      # error: no such block at 8
# hint: did you mean 'data'
.data 1         # error: .data takes nothing, found 1 at 7
halt
