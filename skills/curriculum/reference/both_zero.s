.skill both_zero        # 1 if two numbers are 0, else 0
    .input a, b
    .output y
    .scratch v, u
        ld   v, a
        ld   u, b
        or   v, u
        st   y, =0
        jeq  v, @yes
        return
@yes:   st   y, =1
.endskill
