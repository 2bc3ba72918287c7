. 1 2 3
.entry start + 0
start: halt
# registers: pc=3
