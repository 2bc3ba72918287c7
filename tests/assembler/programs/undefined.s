mov total, totl   # error: undefined symbol 'totl' at 12
mov tota, nothing # error: undefined symbol 'tota' at 5
  # error@2: undefined symbol 'nothing' at 11
total: . 0
