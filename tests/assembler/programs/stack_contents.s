halt
.block stack
. 1 2 s: 3
.stack 4
.register sp, s
# layout: code 0 3, stack 3 7
# registers: sp=5 stack_low=3 stack_high=7
