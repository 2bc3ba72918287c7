mov x, y        # cells: mov 27 28
MOVI x 1.5      # cells: movi 27 1.5
add x y         # cells: add 27 28
jmp ?           # cells: jmp 0 11
push x          # cells: push 27 0
ret             # cells: ret 0 0
lds x, -1       # cells: lds 27 -1
exec x          # cells: exec 27 0
halt            # cells: halt 0 0
x: . 0
y: . 0
# layout: code 0 29, stack 29 285
# registers: pc=0 sp=285 stack_low=29 stack_high=285 write_low=0 write_high=285 fault=0
