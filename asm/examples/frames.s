# What a call of a skill comes to, written out by hand: docs/skills.md has the frame, and `.skill` and `.invoke` write
# all of this by themselves.
#
# run: the square of each number; the second call may not write where its slot points to
#   input: 12
#   output: 144
#   end: fault protected

.const slot, 8 - 32768                 # operands that stand for cells of the open frame: 8 above fp,
.const scratch, -1 - 32768             # and 1 below it

        in   x
        push =x                        # a slot: where to read and to write
        push =0                        # three windows, the last one first: nothing may be written there,
        push =0
        push =0
        push =0
        push end                       # but in the first, x <= address < x + 1
        push begin
        call square
        addsp 7
        out  x
        push =x                        # the same without a window
        push =0
        push =0
        push =0
        push =0
        push =0
        push =0
        call square
        out  x
        halt

square: enter                          # push fp; fp <- sp
        addsp -1                       # room for scratch
        ld   scratch, slot
        mul  scratch, scratch
        st   slot, scratch
        leave                          # fp <- the caller's; return

.data
x:     . 0
begin: . x
end:   . x + 1
.stack 20
