one: jmp @tow       # error: undefined local label 'one@tow' at 10
@two: halt
