.skill within           # 1 if two numbers are not farther apart than a third, else 0
    .input a, b, t
    .output y
    .scratch v, u, s
        ld   v, a
        ld   u, b
        fsub v, u
        ld   s, t
        fmul v, v
        fmul s, s
        fcmp v, s
        jle  v, @yes
        st   y, =0
        return
@yes:   st   y, =1
.endskill
