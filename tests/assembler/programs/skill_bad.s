.input x                         # error: .input stands in a skill, between .skill and .endskill at 1
.skill a b                       # error: .skill takes one name at 1
.endskill                        # error: .endskill without .skill at 1
.skill one
.input x, x                      # error: skill 'one' has a cell 'x' already at 11
.output p, q, r, s               # error: a skill has at most 3 outputs at 1
.scratch x                       # error: skill 'one' has a cell 'x' already at 10
.scratch t, 0                    # error: scratch takes 1 to 16,384 cells in all at 13
.skill inner                     # error: a skill inside a skill at 1
.input late.r                    # error: expected a name without points at 8
 mov x, t
.weight w                        # error: slots come before the code at 1
.data                            # error: .data cannot stand in a skill at 1
.jacobian 5                      # error: .jacobian takes nothing at 1
 return
.endskill other                  # error: .endskill of another skill than 'one' at 11
.endskill
.skill one                       # error: skill 'one' is defined twice at 8
.endskill                        # error: .endskill without .skill at 1
.endskill                        # error: .endskill without .skill at 1
