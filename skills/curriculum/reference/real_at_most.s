.skill real_at_most     # 1 if a number is not above another, else 0
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        st   y, =0
        fcmp v, u
        jle  v, @yes
        return
@yes:   st   y, =1
.endskill
