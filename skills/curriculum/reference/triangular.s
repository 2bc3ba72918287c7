.skill triangular       # the sum of the numbers from 1 to n
    .input n
    .output y
    .scratch v, w
        ld   v, n
        mov  w, v
        addi w, 1
        mul  v, w
        shr  v, =1
        st   y, v
.endskill
