. 1
.align 4     # cells: 0 0 0
.align 4
. 2          # cells: 2
.align 1
.align 0     # error: .align 0: it must be positive at 8
