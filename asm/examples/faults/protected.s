# Only the cells from `scratch` to `scratch_end` may be written.
#
# run: writes inside, then outside
#   output: 7
#   end: fault protected

        movi scratch, 7
        out  scratch
        movi constant, 8

.data
constant: . 3
scratch:  . 0
scratch_end:

.writable scratch, scratch_end
