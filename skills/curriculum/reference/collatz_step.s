.skill collatz_step     # half of an even number; three times an odd one, and 1
    .input n
    .output y
    .scratch v, w
        ld   v, n
        mov  w, v
        and  w, =1
        jeq  w, @even
        mov  w, v
        add  v, v
        add  v, w
        addi v, 1
        st   y, v
        return
@even:  sar  v, =1
        st   y, v
.endskill
