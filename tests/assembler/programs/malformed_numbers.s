. 0x     # error: malformed number '0x' at 3
. 12ab   # error: malformed number '12ab' at 3
. 1__2   # error: malformed number '1__2' at 3
. 0b12   # error: malformed number '0b12' at 3
. 1.     # error: malformed number '1.' at 3
. 1e     # error: malformed number '1e' at 3
. 1e999  # error: real number too large for a double at 3
. 9007199254740993  # error: integer above 2**53 at 3
. .5     # error: unexpected '.' at 3
