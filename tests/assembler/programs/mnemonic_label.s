in: . 0         # error: 'in' is an instruction and cannot name anything else at 1
.const Add, 1   # error: 'Add' is an instruction and cannot name anything else at 8
