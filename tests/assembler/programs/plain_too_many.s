1 2 3 4  # error: SUBLEQ takes at most three cells, found 4 at 7
