# A skill may write to its outputs and to its own part of the stack, and to nothing else: not to the cell after an
# output, not to an input, not to the caller's scratch. The number read says which of these is tried.
#
# run: what is allowed
#   input: 0
#   output: 7 7
# run: the cell after the output
#   input: 1
#   output: 7
#   end: fault protected
# run: an input
#   input: 2
#   output: 7
#   end: fault protected
# run: the scratch of the caller
#   input: 3
#   output: 7
#   end: fault protected

        .invoke spill, =7, y, =0
        out  y
        in   way
        .invoke caller, =7, y, way
        out  y
        halt

.skill caller
    .input x
    .output y
    .constant way
    .scratch own, before
        .invoke spill, x, own, way
        ld   before, way
        st   y, own
.endskill

.skill spill                           # y = x, then a write that depends on `way`
    .input x
    .output y
    .constant way
    .scratch v, where
        ld   v, x
        st   y, v
        ld   where, way
        jeq  where, @done
        addi where, -1
        jeq  where, @after
        addi where, -1
        jeq  where, @input
        leas where, 2 + 2 + 6 + 6      # above scratch, fp and return address, windows, slots: `before`
        st   where, v
@done:  return
@after: mov  where, y
        addi where, 1
        st   where, v
        return
@input: st   x, v
.endskill

.data
y:   . 0
way: . 0
