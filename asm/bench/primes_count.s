# The whole instruction set to be timed: count the primes up to n by trial division with MOD.
#
# The input is n, the output how many primes there are.
#
# run: small
#   input: 30
#   output: 10
        in   n
        movi count, 0
        movi p, 2
next:   mov  t, p               # p > n ends it
        sub  t, n
        jle  t, try
        out  count
        halt
try:    movi q, 2
divide: mov  t, q
        mul  t, q
        sub  t, p
        jle  t, test            # q * q <= p: go on dividing
        addi count, 1
        jmp  skip
test:   mov  t, p
        mod  t, q
        jeq  t, skip
        addi q, 1
        jmp  divide
skip:   addi p, 1
        jmp  next

.data
n:      .cells 0
p:      .cells 0
q:      .cells 0
t:      .cells 0
count:  .cells 0
