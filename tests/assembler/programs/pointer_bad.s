.pointer p      # error: .pointer takes a name and a value, found 1 at 1
.pointer 1, 2   # error: .pointer takes a name first at 10
halt
