.skill divides          # 1 if the first number divides the second, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        mod  w, v
        mul  w, w
        mov  v, w
        min  v, =1
        neg  v, v
        addi v, 1
        st   y, v
.endskill
