.skill fneg             # y <- -x
    .input x
    .output y
    .scratch value
        ld   value, x
        fmul value, =-1
        st   y, value
    .jacobian
        st   jacobian, =-1
.endskill
