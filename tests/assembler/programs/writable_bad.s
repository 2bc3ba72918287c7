.writable 2, 1   # error: the write window 2..1 does not lie inside memory (0..3) at 1
halt
