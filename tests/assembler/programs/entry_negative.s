.entry -1
halt
# registers: pc=-1
