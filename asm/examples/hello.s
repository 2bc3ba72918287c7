# Hello, world, in plain SUBLEQ and in the spelling of other SUBLEQ assemblers: a statement is `a b c`, meaning
# M[b] <- M[b] - M[a]; if M[b] <= 0 goto c. A missing c is the next instruction, a missing b is a.
#
# run: greets
#   output: "Hello, world!\n"

.dialect subleq

loop:      char:text -1       # output M[text]: b = -1 is the output port. `char` names the operand cell itself ...
           minus_one char     # ... so that the program can move it to the next character: char <- char - (-1)
           one left -1        # one character less to print; when none is left, jump to -1, which halts
           zero zero loop     # 0 - 0 <= 0, so this always jumps

zero:      . 0
one:       . 1
minus_one: . -1
left:      . end - text
text:      . "Hello, world!\n"
end:
