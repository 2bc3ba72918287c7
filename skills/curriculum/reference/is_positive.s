.skill is_positive      # 1 if a number is above 0, else 0
    .input x
    .output y
    .scratch v
        ld   v, x
        jle  v, @no
        movi v, 1
        st   y, v
        return
@no:    movi v, 0
        st   y, v
.endskill
