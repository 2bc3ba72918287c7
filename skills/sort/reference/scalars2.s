.include "sort.inc"

.skill reference        # x <= y are a and b
    .input a, b
    .output x, y
    .scratch p, q, low
        ld   p, a
        ld   q, b
        sort.exchange p, q
        st   x, p
        st   y, q
.endskill
