.require linreg_residual

.skill linreg_correction# a rate times a target less what weights predict for an input
    .input x, t, rate
    .output y
    .constant n
    .weight w
    .scratch v, u
        .invoke linreg_residual, x, t, v, n, w
        ld   u, rate
        fmul v, u
        st   y, v
.endskill
