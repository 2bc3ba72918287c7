mvo 1, 2        # error: undefined symbol 'mvo' where an instruction, macro or symbol is expected at 1
mov 1, mvi      # error: undefined symbol 'mvi' at 8
# hint: did you mean 'mov'
