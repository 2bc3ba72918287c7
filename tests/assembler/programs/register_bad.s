.register foo, 1    # error: no register 'foo' at 11
.register pc, 1
.register pc, 2     # error: register pc is given twice at 11
halt
