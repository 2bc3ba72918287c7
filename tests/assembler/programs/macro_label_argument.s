.macro loop name, x
name: x x name
.endmacro
loop top, 7         # cells: 7 7 0
jmp top             # cells: jmp 0 0
