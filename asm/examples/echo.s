# Copy the input to the output, up to its end, where IN gives -1. (A -1 inside the input ends it too: text has none.)
#
# run: text
#   input: "subleq\n"
#   output: "subleq\n"
# run: no input
# run: numbers up to the first -1
#   input: 3 0 -2 1e300 0.1 -1 7
#   output: 3 0 -2 1e300 0.1

loop:   in   value
        mov  order, value
        fcmp order, =-1        # 0 if the value is -1. Real instructions take integers as well; SUB would refuse 0.1
        jeq  order, done
        out  value
        jmp  loop
done:   halt

.data
value:  . 0
order:  . 0
