.skill two
.input x
.output y
.scratch t
 .invoke two, x, x               # error: 'x' is no output of this skill, so it cannot be another's at 18
 .invoke two, x, z               # error: a skill can let others write only what it may write itself at 18
 .invoke two, x.stride, y        # error: an argument is a slot, not its stride at 15
 .invoke two, x:y, t
 .invoke two, x:z, t             # error: expected a cell of this skill after the ':' at 17
 .invoke two, t:x, y             # error: `x:p` is the slot x of this skill at the address in its cell p at 15
 .invoke two, x                  # error: skill 'two' takes 2 arguments (x, y), not 1 at 10
 .invoke two, x, y, t            # error: skill 'two' takes 2 arguments (x, y), not 3 at 21
 .invoke "two"                   # error: .invoke takes the name of a skill and its arguments at 2
 .invoke twoo, x, y              # error: no skill 'twoo' at 10
 .invoke two.jacobian, x, y, t   # error: skill 'two' has no Jacobian code at 10
 .invoke two, "s", y             # error: an argument is an address, not a string at 15
 push t
 .invoke two, x, y               # error: a skill cannot be called with 1 cell pushed on the stack at 2
 pop t
 .invoke two, x, y
 addsp -2
 .invoke two, x, y               # error: a skill cannot be called with 2 cells pushed on the stack at 2
 addsp 2
 call @routine
 return
@routine: .invoke two, x, y      # error: a skill cannot be called with 1 cell pushed on the stack at 11
 ret
.endskill
 .invoke two, q:x, y             # error: `x:p` is the slot x of this skill at the address in its cell p at 15
 .scratch q                      # error: .scratch stands in a skill, between .skill and .endskill at 2
.require nowhere                 # error: no skill 'nowhere' to be found at 10
.skill open                      # error: this .skill has no .endskill at 8
