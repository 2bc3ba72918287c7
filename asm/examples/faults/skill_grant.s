# A skill opens a frame by hand, with a window over all of memory. Nobody can grant more than was granted: ENTER refuses.
#
# run: forged rights
#   output: 1
#   end: fault protected

        out  =1
        .invoke forger, y
        out  =2
        halt

.skill forger
    .output y
        push =0
        push =0
        push =0
        push =0
        push =1000                     # the end of the first window
        push =0                        # its start
        push =0                        # a return address
        enter
        mov  0, =9
.endskill

.data
y:   . 0
.stack 64
