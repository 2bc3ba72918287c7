# A program that changes its own code. Code is cells like any other, so a loop can aim its own operand, and one loop
# can serve two purposes by exchanging its opcode.
#
# run: the sum, then the product of 3 4 5 6
#   output: 18 360

        call fold                      # with ADD, as assembled below
        out  total

        mov  fold.instruction, product # the first cell of an instruction is its opcode: ADD becomes MUL
        movi total, 1
        call fold
        out  total
        halt

# fold: combine every number with `total`, by the instruction labelled fold.instruction.
fold:   movi fold.operand, numbers     # aim the operand at the first number
        movi left, end - numbers
fold.instruction:
        add  total, fold.operand:0     # this operand cell is what the program writes
        addi fold.operand, 1
        addi left, -1
        jeq  left, @done
        jmp  fold.instruction
@done:  ret

.data
product: mul 0, 0                      # never executed: its opcode is copied
total:   . 0
left:    . 0
numbers: . 3 4 5 6
end:

.stack 4
