leas 0, 0
# layout: code 0 3, stack 3 259
