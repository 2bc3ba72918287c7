.skill fmax             # y <- the larger of a and b
    .input a, b
    .output y
    .scratch value, other, order
        ld   value, a
        ld   other, b
        mov  order, other
        fcmp order, value
        jle  order, @first
        st   y, other
        return
@first: st   y, value
    .jacobian
    .scratch to, order, other
        ld   order, b
        ld   other, a
        fcmp order, other
        mov  to, jacobian
        fadd to, jacobian.stride
        jle  order, @first      # equal numbers: the first is taken, as above
        st   jacobian, =0
        st   to, =1
        return
@first: st   jacobian, =1
        st   to, =0
.endskill
