jmp - 1         # error: 'jmp' is an instruction, not a value at 1
jmp -1          # a jump to a negative address halts
