jmp 1.5         # error: expected an address, found a real at 5
mov 0, 1.5      # error: expected an address, found a real at 8
lds 0, 1.5      # error: expected an integer, found a real at 8
movi 0, 1 << 33 # error: does not fit a cell of 32 bits at 9
