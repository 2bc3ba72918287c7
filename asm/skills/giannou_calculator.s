# A calculator whose functions are skill blocks, called by EXEC through their index as FLEQ calls function blocks
# (Giannou et al., 2023). Each line of input is the index of a function and its operands: two, or one for the last two
# functions, as the row of the block says.
#
#   0 add   1 subtract   2 multiply   3 divide   4 smaller   5 larger   6 root   7 exponential
#
# run: each function once
#   input: 0 2 0.5   1 2 0.5   2 3 -7   3 1 3   4 2 -3   5 2 -3   6 2   7 1
#   output: 2.5 1.5 -21 0.3333333333333333 -3 2 1.4142135623730951 2.718281828459045
# run: the hypotenuse of 3 and 4, step by step
#   input: 2 3 3   2 4 4   0 9 16   6 25
#   output: 9 16 25 5
# run: a function that there is not ends the program
#   input: 1 2 3  8 1 1
#   output: -1
# run: division by zero
#   input: 3 1 0
#   end: fault division

.require fadd, fsub, fmul, fdiv, fmin, fmax, fsqrt, fexp        # rows 0 to 7 of the block `skills`

.const LAST, 7

loop:   in   function
        jlt  function, done            # the end of the input
        mov  row, function
        sub  row, =LAST
        jle  row, known
        halt                           # no such function
known:
        in   a
        mov  row, function             # a row has 10 cells, and tells the number of inputs in cell 6
        mul  row, =10
        addi row, skills
        mov  arity, row
        addi arity, 6
        ld   arity, arity

        push =1                        # the frame of the call, from its far end: the slots, each address and stride
        push =y
        addi arity, -1
        jeq  arity, unary
        in   b
        push =1
        push =b
unary:  push =1
        push =a
        push =0                        # then the windows: only y may be written
        push =0
        push =0
        push =0
        push =(y + 1)
        push =y
        exec row
        addsp 10
        jeq  arity, print
        addsp 2
print:  out  y
        jmp  loop
done:   halt

.data
function: . 0
row:    . 0
arity:  . 0
a:      . 0
b:      . 0
y:      . 0

.stack 160
