# a comment; . 9
. 1 # "x
   # cells of nothing
. "a#b" # cells: 97 35 98
