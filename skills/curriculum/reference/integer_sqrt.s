.skill integer_sqrt     # the square root of a number, rounded down
    .input n
    .output y
    .scratch v, w, u
        ld   v, n
        movi w, 0
@next:  mov  u, w
        addi u, 1
        mul  u, u
        fcmp u, v
        addi w, 1
        jle  u, @next
        addi w, -1
        mov  v, w
        st   y, v
.endskill
