.skill lerp_step        # w + rate d
    .input w, rate, d
    .output y
    .scratch v, u
        ld   v, rate
        ld   u, d
        fmul v, u
        ld   u, w
        fadd u, v
        st   y, u
.endskill
