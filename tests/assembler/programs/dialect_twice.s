.dialect ccc
.dialect subleq   # error: .dialect is given twice, differently at 1
0 0
