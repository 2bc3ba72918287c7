add x, =foo      # error: undefined symbol 'foo' at 9
add x, =bad      # a mistake in a constant is shown once, there
.const bad, nowhere  # error: undefined symbol 'nowhere' at 13
x: . =bad + 1
