# Print the primes up to a limit, which is the input: trial division by the primes found so far, up to the square root.
#
# run: up to 30
#   input: 30
#   output: 2 3 5 7 11 13 17 19 23 29
# run: up to 2
#   input: 2
#   output: 2
# run: none
#   input: 1
# run (slow): up to 200
#   input: 200
#   output: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97 101 103 107 109 113 127 131
#   output: 137 139 149 151 157 163 167 173 179 181 191 193 197 199

.const ROOM, 64                    # how many primes can be kept as divisors

        in   limit
        movi candidate, 2
next_candidate:
        mov  left, candidate       # stop when candidate - limit > 0
        sub  left, limit
        jle  left, try
        halt

try:    movi divisor.index, 0
@loop:  mov  left, divisor.index   # no divisor left: prime
        sub  left, found.index
        jeq  left, prime
        ldx  divisor, divisor.base
        mov  square, divisor       # divisor * divisor > candidate: prime
        mul  square, divisor
        mov  left, candidate
        sub  left, square
        jlt  left, prime
        mov  left, candidate
        mod  left, divisor
        jeq  left, advance         # it divides: not prime
        addi divisor.index, 1
        jmp  @loop

prime:  out  candidate
        mov  left, found.index     # keep it while there is room; 64 primes serve up to 311 * 311
        sub  left, =ROOM
        jeq  left, advance
        stx  found.base, candidate
        addi found.index, 1
advance:
        addi candidate, 1
        jmp  next_candidate

.data
limit:     . 0
candidate: . 0
divisor:   . 0
square:    . 0
left:      . 0
# LDX and STX add two neighbouring cells, a base and an index.
divisor.base:  . primes
divisor.index: . 0
found.base:    . primes
found.index:   . 0
primes:        .fill ROOM
