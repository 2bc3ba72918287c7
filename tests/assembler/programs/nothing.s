# error: nothing to assemble at 1
.const a, 1
