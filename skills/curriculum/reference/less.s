.skill less             # 1 if the first number is less than the second, else 0
    .input a, b
    .output y
    .scratch v, w
        ld   v, a
        ld   w, b
        fcmp w, v
        max  w, =0
        mov  v, w
        st   y, v
.endskill
