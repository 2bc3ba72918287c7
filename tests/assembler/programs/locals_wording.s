@x: jmp @y          # error: undefined local label '@y' at 9
# hint: did you mean '@x'?
jmp _@z             # error: undefined local label '_@z' at 5
# hint: did you mean '_@x'?
.macro m
@in: jmp @on        # error: undefined local label '@on' at 10
.endmacro
m                   # note@8: in the expansion of macro 'm', used here
