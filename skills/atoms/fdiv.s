.include "parts.inc"

# Both operands become a number from 1 to 2 times a power of two. Newton's iteration gives 1/d and so the quotient q,
# which is corrected by its exact residual n - q d: once to nearly the last bit, then, if need be, by one ulp.
.skill fdiv             # y <- a / b, correctly rounded
    .input a, b
    .output y
    .scratch x, divisor, m, e, e_result, sign, side, n, d, q, r, residue, last, t, u
    .scratch q_high, q_low, d_high, d_low
        ld   x, a
        ld   divisor, b
        jeq  divisor, @domain
        jeq  x, @vanish
        mov  sign, x         # FCMP with 0 gives the sign, and sign times number the magnitude
        fcmp sign, =0
        mov  m, x
        fmul m, sign
        call @split
        mov  n, m
        mov  e_result, e

        mov  t, divisor
        fcmp t, =0
        fmul sign, t
        mov  m, divisor
        fmul m, t
        call @split
        mov  d, m
        sub  e_result, e

        mov  t, n            # make 1 <= n / d < 2
        fcmp t, d
        jlt  t, @double
        jmp  @newton
@double:
        fadd n, n
        addi e_result, -1

@newton:
        mov  r, d            # 1/d, first as 24/17 - 8/17 d: off by 1/17 at most
        fmul r, =-0.47058823529411764
        fadd r, =1.411764705882353
        parts.improve_inverse           # each use squares the relative error: 1/17, 3.5e-3, 1.2e-5, 1.4e-10
        parts.improve_inverse
        parts.improve_inverse

        mov  q, n
        fmul q, r
        call @residual
        fmul r, residue      # 1e-10 of 1e-10 is left: q is now one of the two neighbours of n / d
        fadd q, r
        call @residual

        mov  side, residue   # on which side of q the quotient lies: -1, 0, 1
        fcmp side, =0
        mov  t, residue      # is it further away than half an ulp? 2 |residue| > ulp d. Never equal.
        fmul t, side
        fadd t, t
        mov  u, d
        fmul u, =parts.ULP
        fcmp t, u
        jle  t, @rounded
        mov  u, side
        fmul u, =parts.ULP
        fadd q, u
        fmul side, =-1

@rounded:
        mov  t, e_result
        sub  t, =-1022
        jlt  t, @subnormal
@scale: mov  m, q
        mov  e, e_result
        call @join
        fmul m, sign
        st   y, m
        return

# The result has fewer bits than q. Rounding q again goes wrong only if q lies halfway between two results while the
# quotient itself does not; then the side decides. 2^k + q - 2^k, with k = -1022 - exponent, rounds q to those bits.
@subnormal:
        mov  u, e_result
        sub  u, =-1100
        jlt  u, @vanish
        movi m, 1
        neg  e, t
        call @join                 # 2^k
        mov  t, q
        fadd t, m
        fsub t, m            # q, rounded
        fmul m, =(parts.ULP / 2)   # half the distance between two results
        mov  u, q
        fsub u, t
        mov  q, t
        mov  n, u            # did it lie halfway? |u| = m
        fcmp n, =0
        fmul n, u
        fcmp n, m
        jlt  n, @scale
        jeq  side, @scale         # the quotient is q: ties go to even, as they went
        fadd q, u
        fmul m, side
        fadd q, m
        jmp  @scale
@vanish:
        st   y, =0
        return
@domain:
        parts.domain
@residual:
        parts.residual
@split: parts.split
@join:  parts.join

    .jacobian               # 1 / b, and -a / b^2 as -(a / b) / b
    .scratch one, q, to, value
        movi one, 1
        .invoke fdiv, one, b, value
        st   jacobian, value
        .invoke fdiv, a, b, q
        .invoke fdiv, q, b, value
        fmul value, =-1
        mov  to, jacobian
        fadd to, jacobian.stride
        st   to, value
.endskill
