. 1 / 0        # error: division by zero at 5
. 1 % 0        # error: division by zero at 5
. 1.0 / 0      # error: division by zero at 7
. 1 << 65      # error: shift count 65 is outside 0..64 at 5
. 1 >> -1      # error: shift count -1 is outside 0..64 at 5
. 1.5 & 1      # error: '&' works on integers at 7
. ~1.5         # error: '~' works on integers at 3
. 1.5 % 1      # error: '%' works on integers at 7
. 1e308 * 10   # error: the result of '*' is too large for a double at 9
. 0x1fffffffffffff * 4  # error: the result of '*' is beyond 2**53 at 20
