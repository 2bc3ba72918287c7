.include "sort.inc"

.skill reference        # x <= y <= z are a, b and c
    .input a, b, c
    .output x, y, z
    .scratch p, q, r, low
        ld   p, a
        ld   q, b
        ld   r, c
        sort.exchange p, q
        sort.exchange q, r
        sort.exchange p, q
        st   x, p
        st   y, q
        st   z, r
.endskill
