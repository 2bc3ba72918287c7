.stack -1       # error: a stack of -1 cells at 8
halt
