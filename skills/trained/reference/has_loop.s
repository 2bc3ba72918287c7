.skill has_loop         # loop <- whether the label is 0, 6, 8 or 9
    .input image
    .output loop
    .scratch value
        ld   value, image
        jeq  value, @yes
        sub  value, =6
        jeq  value, @yes
        sub  value, =2
        jeq  value, @yes
        sub  value, =1
        jeq  value, @yes
        st   loop, =0
        return
@yes:   st   loop, =1
.endskill
