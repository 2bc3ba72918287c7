.skill count_if_differ  # a count, and 1 if two numbers differ
    .input k, a, b
    .output y
    .scratch c, v, u
        ld   c, k
        ld   v, a
        ld   u, b
        sub  v, u
        jeq  v, @put
        addi c, 1
@put:   st   y, c
.endskill
