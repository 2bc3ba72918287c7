.macro m
.endmacro
.macro m       # error: macro 'm' is defined twice at 1
.endmacro
. 0
