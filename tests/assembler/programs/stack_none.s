.stack 0
call 0
# layout: code 0 3
# registers: sp=3 stack_low=3 stack_high=3
