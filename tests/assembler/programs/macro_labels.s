.macro m
here: halt     # error: 'here' is defined twice at 1
.endmacro
m
m              # note@2: in the expansion of macro 'm', used here
# hint: `@here` would be private to one use
