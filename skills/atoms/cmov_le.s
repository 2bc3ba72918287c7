.skill cmov_le          # y <- x if a <= b; else y stays
    .input a, b, x
    .output y
    .scratch value, limit
        ld   value, a
        ld   limit, b
        min  limit, value      # a <= b just if the smaller of both is a. MIN faults on what is no integer
        fcmp value, limit
        jle  value, @move
        return
@move:  ld   value, x
        st   y, value
.endskill
