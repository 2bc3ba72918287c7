.cells 1.5         # error: expected an integer, found a real at 8
