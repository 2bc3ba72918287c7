.entry 0
.entry 0        # error: .entry is given twice at 1
halt
