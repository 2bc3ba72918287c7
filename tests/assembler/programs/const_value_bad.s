.const a, 1/0      # error: division by zero at 12
. a, a
