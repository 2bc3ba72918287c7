mvo 1, 2        # error: undefined symbol 'mvo' at 1
# hint: did you mean 'mov'
