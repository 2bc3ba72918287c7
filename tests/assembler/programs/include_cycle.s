.include "include_cycle.s"  # error: includes itself at 10
. 0
