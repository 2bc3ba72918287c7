# The first cell of an instruction is below -1 and names no instruction.
#
# run: runs into data
#   output: 1
#   end: fault opcode

        out  =1
        jmp  number

.data
number: . -1000 0 0
