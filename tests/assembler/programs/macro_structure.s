.endmacro      # error: .endmacro without .macro at 1
.macro a
.macro b       # error: a macro inside a macro at 1
.endmacro
.macro 1       # error: expected a name at 8
.endmacro
.macro c x, x  # error: macro 'c' names a parameter twice at 1
.endmacro
.macro d       # error: this .macro has no .endmacro at 1
