.fill 1 << 24
.fill 1            # error: the program is larger than 16,777,216 cells at 1
