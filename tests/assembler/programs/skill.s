# A skill of each kind of cell, called from outside and from another skill.
        .invoke twice, px, y          # cells: push 39 0 push 40 0 push 39 0 push 41 0 push 42 0 push 42 0 push 42 0 push 42 0 push 43 0 push 40 0 exec 44 0 addsp 0 10
        halt
.skill twice
    .output y
    .input x
    .scratch a, b, 2, c
        mov  a, x           # cells: mov -32769 -32760
        movi b, y.stride    # cells: movi -32771 -32757
        addi b + 1, 1       # cells: addi -32770 1
@again: jmp @again          # cells: jmp 0 70
        return              # cells: leave 0 0
.jacobian
    .scratch d
        mov d, jacobian     # cells: mov -32769 -32756
        return
.endskill twice
.data
xs: . 1 2
y: . 0
.stack 16
.pointer px, xs, 2
# layout: code 0 39, literals 39 45, skills 45 55, skill_code 55 88, data 88 91, stack 91 107, pointers 107 111
