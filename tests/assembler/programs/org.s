. 1
.org 4      # cells: 0 0 0
. 2         # cells: 2
.org ?      # nothing to fill
here: . 3
.org here + 2 # cells: 0
# all: 1 0 0 0 2 3 0
