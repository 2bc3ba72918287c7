one: jmp @tow       # error: undefined local label '@tow' at 10
@two: halt
