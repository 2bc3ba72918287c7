.skill is_le            # y <- 1 if a <= 0, else 0: a conditional jump as a function
    .input a
    .output y
    .scratch value
        ld   value, a
        jle  value, @yes
        st   y, =0
        return
@yes:   st   y, =1
.endskill
