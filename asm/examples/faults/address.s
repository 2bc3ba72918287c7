# A pointer that leads outside memory.
#
# run: follows a bad pointer
#   output: 1
#   end: fault address

        out  =1
        ld   value, pointer
        out  value

.data
value:   . 0
pointer: . -5
