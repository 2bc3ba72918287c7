.register sp, 99    # error: stack registers out of order at 1
halt
