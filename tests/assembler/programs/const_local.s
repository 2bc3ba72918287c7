one: .const @k, 4
  . @k             # cells: 4
two: .const @k, 5
  . @k one@k       # cells: 5 4
