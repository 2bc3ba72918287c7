.pointer p      # error: .pointer takes a name, an address, and, where it is no scalar, rows, columns and stride, found 1 at 1
.pointer 1, 2   # error: .pointer takes a name first at 10
halt
