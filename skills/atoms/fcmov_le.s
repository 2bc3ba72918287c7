.skill fcmov_le         # y <- x if a <= b; else y stays
    .input a, b, x
    .output y
    .scratch value, limit
        ld   value, a
        ld   limit, b
        fcmp value, limit
        jle  value, @move
        return
@move:  ld   value, x
        st   y, value
    .jacobian
    .scratch to, value, limit
                        # a and b only decide: their columns are 0
        mov  to, jacobian
        st   to, =0
        fadd to, jacobian.stride
        st   to, =0
        fadd to, jacobian.stride
        ld   value, a
        ld   limit, b
        fcmp value, limit
        jle  value, @move
        st   to, =0
        return
@move:  st   to, =1
.endskill
