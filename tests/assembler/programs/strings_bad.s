.string 1          # error: .string takes a string at 9
.string            # error: .string takes a string at 1
