# The stated mix of the whole instruction set, to be timed: n rounds of a loop in which 60 instructions are executed.
#
# Each round takes a pseudo-random number, changes a cell of a table through a pointer and another by index, calls a
# routine whose arguments and result lie on the stack, keeps a moving average in real numbers, and mixes a hash.
# Whichever way its jumps go, a round executes 60 instructions, 10 % of them multiplications and divisions:
#
#    1  SUBLEQ: subleq
#    7  moves: mov 7
#    7  indirect, indexed and stack-relative access: ld, st, ldx, stx, lds 2, sts
#   18  integer arithmetic: add 4, addi 4, sub, mul 3, div 3, neg, min, max
#    9  bits and shifts: and 2, or, xor 2, not, shl, shr, sar
#    5  real arithmetic: fadd, fsub, fmul 2, fcmp
#    2  conversion: itof, ftoi
#    5  jumps: jle, jeq, jlt, jmp 2
#    6  stack, calls and skill blocks: push 2, pop 2, call, ret
#
# Outside the loop `in`, six `out` and `halt` are executed once, and the last round leaves its `jmp` out, which makes
# 60 n + 7 instructions. `ccc diff-trace --right native --in 1000` counts them all.
#
# The input is n, at least 1; the outputs are the hash, the sum, the average, falls of the average less its rises,
# and the largest and smallest terms seen.
#
# run: one round
#   input: 1
#   output: 1173643085 36512 35.65625 -1 36512 0
# run: ten rounds
#   input: 10
#   output: -1782396096 312337 47.71453857421875 2 105571 0
        in   rounds
loop:   mul  seed, =1103515245
        addi seed, 12345
        mov  index, seed
        shr  index, =16
        and  index, =63             # 0 .. 63
        mov  address, index
        addi address, table
        ld   value, address
        add  value, index
        st   address, value
        xor  hash, value
        jlt  seed, minus
        mov  quotient, value
        addi quotient, 1000
        div  quotient, =7
        jmp  joined
minus:  mov  quotient, seed
        addi quotient, 1000
        div  quotient, =-90001
        jmp  joined

# (first argument * (second argument + 3)) / 5 takes the place of the first argument.
scale:  lds  x, 2
        lds  y, 1
        addi y, 3
        mul  x, y
        div  x, =5
        sts  2, x
        ret

joined: push quotient
        push index
        call scale
        pop  index
        pop  quotient
        add  total, quotient
        itof number, quotient
        fmul number, thousandth
        mov  order, average         # the average becomes half of itself plus a new number
        fmul average, half
        fadd average, number
        fcmp order, average         # 1 where it fell, -1 where it rose
        add  falls, order
        mov  distance, average
        fsub distance, number
        ftoi whole, distance
        sub  total, whole
        max  largest, quotient
        min  smallest, whole
        mov  pair + 1, index
        ldx  value, pair
        and  value, =0xfffff
        stx  pair, value
        mov  bits, value
        shl  bits, =3
        xor  hash, bits
        not  bits, bits
        mul  bits, index
        sar  bits, =2
        div  bits, =1001
        or   hash, bits
        neg  value, seed
        add  hash, value
        jle  hash, equal            # the next instruction either way, here and below
equal:  jeq  index, next
next:   subleq =1, rounds, done     # rounds <- rounds - 1, and out when none is left
        jmp  loop
done:   out  hash
        out  total
        out  average
        out  falls
        out  largest
        out  smallest
        halt

.stack 8
.data
rounds:     .cells 0
seed:       .cells 20230113
index:      .cells 0
address:    .cells 0
value:      .cells 0
quotient:   .cells 0
hash:       .cells 0
total:      .cells 0
falls:      .cells 0
largest:    .cells 0
smallest:   .cells 1000000
whole:      .cells 0
bits:       .cells 0
x:          .cells 0
y:          .cells 0
pair:       .cells table, 0         # base and index of `ldx` and `stx`
number:     .reals 0
average:    .reals 0
order:      .reals 0
distance:   .reals 0
half:       .reals 0.5
thousandth: .reals 0.0009765625     # 2^-10
table:      .fill 64
