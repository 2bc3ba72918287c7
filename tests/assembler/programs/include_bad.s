.include parts  # error: .include takes one file name at 1
.include        # error: .include takes one file name at 1
. 0
