.skill begins           # 1 if a number is not 0 and the one before it is, else 0
    .input last, x
    .output y
    .scratch v, u
        ld   v, last
        ld   u, x
        st   y, =0
        jeq  v, @first
        return
@first: jeq  u, @end
        st   y, =1
@end:   return
.endskill
