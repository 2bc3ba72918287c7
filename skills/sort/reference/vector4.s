.include "sort.inc"

.skill reference
    .input x
    .output y
    .scratch from, to, next, left, passes, value, low, high
        sort.vector 4
.endskill
