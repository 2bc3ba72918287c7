.skill is_zero          # 1 if a number is 0, else 0
    .input x
    .output y
    .scratch v
        ld   v, x
        jeq  v, @yes
        movi v, 0
        st   y, v
        return
@yes:   movi v, 1
        st   y, v
.endskill
