. (4 -1)  # error: expected ')', found '-' at 6
# hint: starts a new item
