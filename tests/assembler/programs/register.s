.register pc, 1.5
.register fault, 3
halt
# registers: pc=1.5 fault=3
