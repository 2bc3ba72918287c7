.const a, b
.const b, a        # error: constant 'a' is defined by itself at 11
. a
