.macro go to
@to: jmp to
.endmacro
main: @to: halt
go @to              # cells: jmp 0 0
