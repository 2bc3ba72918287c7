# options: dialect=subleq
.stack 4         # error: dialect subleq has no use for .stack at 1
.pointer p, 0    # error: dialect subleq has no use for .pointer at 1
.writable 0, 1   # error: dialect subleq has no use for .writable at 1
0 0
