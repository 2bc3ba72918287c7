.skill median3          # the middle one of three numbers
    .input a, b, c
    .output y
    .scratch p, q, r, s
        ld   p, a
        ld   q, b
        ld   r, c
        mov  s, p
        min  s, q
        max  p, q
        min  p, r
        max  p, s
        st   y, p
.endskill
