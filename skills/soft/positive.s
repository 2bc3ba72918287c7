.skill positive         # bit <- 1 where x > 0, else 0
    .input x
    .output bit
    .scratch value
        ld   value, x
        jle  value, @zero
        st   bit, =1
        return
@zero:  st   bit, =0
.endskill
