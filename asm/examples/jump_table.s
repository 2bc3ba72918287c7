# A calculator: each line of input is `operator number number`, with the operator as a number from 0 to 3 (add,
# subtract, multiply, divide). JMPI goes where a table says.
#
# run: each operator
#   input: 0 20 3  1 20 3  2 20 3  3 20 3
#   output: 23 17 60 6
# run: nothing
# run: dividing by zero
#   input: 3 1 0
#   end: fault division
# run: an operator beyond the table is reported with -1
#   input: 9 1 2  0 1 2
#   output: -1 3

loop:   in   operator
        jlt  operator, done            # the end of the input
        in   x
        in   y
        mov  left, operator
        sub  left, =(table.end - table)
        jlt  left, @known
        out  =-1
        jmp  loop
@known: ldx  target, table.base        # target <- M[table + operator]
        jmpi target

do_add: add  x, y
        jmp  show
do_subtract:
        sub  x, y
        jmp  show
do_multiply:
        mul  x, y
        jmp  show
do_divide:
        div  x, y
show:   out  x
        jmp  loop
done:   halt

.data
x:          . 0
y:          . 0
left:       . 0
target:     . 0
table.base: . table
operator:   . 0                        # the index beside the base, as LDX wants it
table:      . do_add do_subtract do_multiply do_divide
table.end:
