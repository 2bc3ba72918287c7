.stack 4
push 0
. 7
# layout: code 0 4, stack 4 8
# registers: sp=8 stack_low=4 stack_high=8
