.register fault, 77    # error: 77 is no fault code at 1
halt
