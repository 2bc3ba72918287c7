.const a           # error: .const takes a name and a value, found 1 at 1
.const 1, 2        # error: .const takes a name first at 8
.const a, 1/0      # nothing more, as statements with mistakes end the work
. 0
