.include "parts/nowhere.s"  # error: nowhere.s: no such file or directory at 10
. 0
