.dialect sublek   # error: no dialect 'sublek' at 10
# hint: did you mean 'subleq'
0 0
