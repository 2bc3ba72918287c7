. 'ab'   # error: a character literal holds one character at 3
. ''     # error: empty or has no closing quote at 3
. '\q'   # error: unknown escape '\q' at 4
. "a\q"  # error: unknown escape '\q' at 5
. "abc   # error: this string has no closing quote at 3
