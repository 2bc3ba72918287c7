.skill real_positive    # 1 if a number is above 0, else 0
    .input x
    .output y
    .scratch v
        ld   v, x
        st   y, =0
        jle  v, @end
        st   y, =1
@end:   return
.endskill
