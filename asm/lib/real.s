# Division, square root, exponential and sigmoid of real numbers. There are no such instructions: these routines are
# made of FADD, FSUB, FMUL and FCMP, and so every engine gives the same bits.
#
#   real_divide b, c       b <- b / c        correctly rounded, subnormal results included
#   real_root b, c         b <- sqrt(c)      correctly rounded
#   real_exp b, c          b <- e^c          within 1 ulp
#   real_sigmoid b, c      b <- 1 / (1 + e^-c)   within 3 ulp
#
# Include this before using the macros; the code jumps over itself. The routines behind them, real.divide, real.root,
# real.exp and real.sigmoid, take real.x (and real.y), leave the result in real.x, keep real.y except for real.sigmoid,
# and need 4 cells of stack. They are not re-entrant: all their working cells have fixed places.
#
# Faults: `overflow` where the result is too large; `division` where there is none, that is for division by zero and
# for the root of a negative number. A result too small becomes 0 or a subnormal number, as IEEE arithmetic has it.
# The integers must have 32 bits.

.macro real_divide b, c
        mov  real.y, c
        mov  real.x, b
        call real.divide
        mov  b, real.x
.endmacro

.macro real_root b, c
        mov  real.x, c
        call real.root
        mov  b, real.x
.endmacro

.macro real_exp b, c
        mov  real.x, c
        call real.exp
        mov  b, real.x
.endmacro

.macro real_sigmoid b, c
        mov  real.x, c
        call real.sigmoid
        mov  b, real.x
.endmacro

.const real.ULP, 2.220446049250313e-16          # 2^-52, the distance between neighbours from 1 to 2

# ---- Macros of this file --------------------------------------------------------------------------------------------

.macro real.improve_inverse            # r <- r + r (1 - d r)
        mov  real.t, real.d
        fmul real.t, real.r
        mov  real.u, =1
        fsub real.u, real.t
        fmul real.u, real.r
        fadd real.r, real.u
.endmacro

.macro real.improve_inverse_root       # r <- r (1.5 - 0.5 n r^2)
        mov  real.t, real.r
        fmul real.t, real.r
        fmul real.t, real.n
        fmul real.t, =-0.5
        fadd real.t, =1.5
        fmul real.r, real.t
.endmacro

.macro real.horner coefficient         # q <- q r + coefficient
        fmul real.q, real.r
        fadd real.q, =coefficient
.endmacro

.macro real.cut value, high, low       # high + low = value
        mov  high, value
        fmul high, =134217729.0        # 2^27 + 1
        mov  low, high
        fsub low, value
        fsub high, low
        mov  low, value
        fsub low, high
.endmacro

.macro real.if_less limit, target      # if m < limit goto target
        mov  real.t, real.m
        fcmp real.t, =limit
        jlt  real.t, target
.endmacro

.macro real.reduce exponent, power, inverse
        real.if_less power, @less
        fmul real.m, =inverse
        addi real.e, exponent
@less:
.endmacro

        jmp  real.end

# ---- Division -------------------------------------------------------------------------------------------------------
# Both operands become a number from 1 to 2 times a power of two. Newton's iteration gives 1/d and so the quotient q,
# which is corrected by its exact residual n - q d: once to nearly the last bit, then, if need be, by one ulp.

real.divide:
        jeq  real.y, real.domain
        jeq  real.x, @done
        mov  real.sign, real.x         # FCMP with 0 gives the sign, and sign times number the magnitude
        fcmp real.sign, =0
        mov  real.m, real.x
        fmul real.m, real.sign
        call real.split
        mov  real.n, real.m
        mov  real.e_result, real.e

        mov  real.t, real.y
        fcmp real.t, =0
        fmul real.sign, real.t
        mov  real.m, real.y
        fmul real.m, real.t
        call real.split
        mov  real.d, real.m
        sub  real.e_result, real.e

        mov  real.t, real.n            # make 1 <= n / d < 2
        fcmp real.t, real.d
        jlt  real.t, @double
        jmp  @newton
@double:
        fadd real.n, real.n
        addi real.e_result, -1

@newton:
        mov  real.r, real.d            # 1/d, first as 24/17 - 8/17 d: off by 1/17 at most
        fmul real.r, =-0.47058823529411764
        fadd real.r, =1.411764705882353
        real.improve_inverse           # each use squares the relative error: 1/17, 3.5e-3, 1.2e-5, 1.4e-10
        real.improve_inverse
        real.improve_inverse

        mov  real.q, real.n
        fmul real.q, real.r
        call real.residual
        fmul real.r, real.residue      # 1e-10 of 1e-10 is left: q is now one of the two neighbours of n / d
        fadd real.q, real.r
        call real.residual

        mov  real.side, real.residue   # on which side of q the quotient lies: -1, 0, 1
        fcmp real.side, =0
        mov  real.t, real.residue      # is it further away than half an ulp? 2 |residue| > ulp d. Never equal.
        fmul real.t, real.side
        fadd real.t, real.t
        mov  real.u, real.d
        fmul real.u, =real.ULP
        fcmp real.t, real.u
        jle  real.t, @rounded
        mov  real.u, real.side
        fmul real.u, =real.ULP
        fadd real.q, real.u
        fmul real.side, =-1

@rounded:
        mov  real.t, real.e_result
        sub  real.t, =-1022
        jlt  real.t, @subnormal
@scale: mov  real.m, real.q
        mov  real.e, real.e_result
        call real.join
        mov  real.x, real.m
        fmul real.x, real.sign
@done:  ret

# The result has fewer bits than q. Rounding q again goes wrong only if q lies halfway between two results while the
# quotient itself does not; then the side decides. 2^k + q - 2^k, with k = -1022 - exponent, rounds q to those bits.
@subnormal:
        mov  real.u, real.e_result
        sub  real.u, =-1100
        jlt  real.u, @vanish
        movi real.m, 1
        neg  real.e, real.t
        call real.join                 # 2^k
        mov  real.t, real.q
        fadd real.t, real.m
        fsub real.t, real.m            # q, rounded
        fmul real.m, =(real.ULP / 2)   # half the distance between two results
        mov  real.u, real.q
        fsub real.u, real.t
        mov  real.q, real.t
        mov  real.n, real.u            # did it lie halfway? |u| = m
        fcmp real.n, =0
        fmul real.n, real.u
        fcmp real.n, real.m
        jlt  real.n, @scale
        jeq  real.side, @scale         # the quotient is q: ties go to even, as they went
        fadd real.q, real.u
        fmul real.m, real.side
        fadd real.q, real.m
        jmp  @scale
@vanish:
        movi real.x, 0
        ret

# ---- Square root ----------------------------------------------------------------------------------------------------
# The same plan with 1 <= n < 4 and an even exponent. Newton's iteration finds 1 / sqrt(n), which needs no division.

real.root:
        jeq  real.x, @done
        jlt  real.x, real.domain
        mov  real.m, real.x
        call real.split
        mov  real.n, real.m
        mov  real.t, real.e
        and  real.t, =1
        jeq  real.t, @even
        fadd real.n, real.n
        addi real.e, -1
@even:  sar  real.e, =1
        mov  real.e_result, real.e

        mov  real.r, real.n            # 1.1 - 0.16 n is off by 11 % at most
        fmul real.r, =-0.16
        fadd real.r, =1.1
        real.improve_inverse_root      # relative error e becomes 1.5 e^2: 1.8e-2, 5e-4, 4e-7, 2e-13
        real.improve_inverse_root
        real.improve_inverse_root
        real.improve_inverse_root

        mov  real.q, real.n
        fmul real.q, real.r
        mov  real.d, real.q
        call real.residual
        fmul real.r, real.residue      # q <- q + r residue / 2
        fmul real.r, =0.5
        fadd real.q, real.r
        mov  real.d, real.q
        call real.residual

        mov  real.u, real.q            # the root lies above q + ulp/2 just if residue > ulp q, as both are multiples
        fmul real.u, =real.ULP         # of 2^-104; and below q - ulp/2 just if residue <= -ulp q
        mov  real.t, real.u
        fcmp real.t, real.residue
        jlt  real.t, @up
        fadd real.residue, real.u
        jle  real.residue, @down
@scale: mov  real.m, real.q
        mov  real.e, real.e_result
        call real.join
        mov  real.x, real.m
@done:  ret
@up:    fadd real.q, =real.ULP
        jmp  @scale
@down:  fsub real.q, =real.ULP
        jmp  @scale

# ---- Exponential ----------------------------------------------------------------------------------------------------
# x = n ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n e^r. ln 2 is held in two parts, of which n times the first is exact;
# e^r = 1 + r + r^2 (1/2! + r/3! + ... + r^11/13!), the three summands added with care for what each sum rounds off.

real.exp:
        mov  real.t, real.x
        fcmp real.t, =-746
        jle  real.t, @vanish
        mov  real.n, real.x
        fmul real.n, =1.4426950408889634        # 1 / ln 2
        fadd real.n, =6755399441055744.0        # 1.5 * 2^52: adding and subtracting it rounds to an integer
        fsub real.n, =6755399441055744.0
        ftoi real.e, real.n
        itof real.n, real.e                     # the same number, which is now constant to a derivative, as it should be

        mov  real.t, real.n                     # r <- (x - n ln2_high) - n ln2_low, and `residue` what that rounds off
        fmul real.t, =0.6931471803691238
        fsub real.x, real.t
        fmul real.n, =1.9082149292705877e-10
        mov  real.r, real.x
        fsub real.r, real.n
        mov  real.residue, real.x
        fsub real.residue, real.r
        fsub real.residue, real.n

        mov  real.q, =1.6059043836821613e-10    # 1/13!
        real.horner 2.08767569878681e-09
        real.horner 2.505210838544172e-08
        real.horner 2.755731922398589e-07
        real.horner 2.7557319223985893e-06
        real.horner 2.48015873015873e-05
        real.horner 0.0001984126984126984
        real.horner 0.001388888888888889
        real.horner 0.008333333333333333
        real.horner 0.041666666666666664
        real.horner 0.16666666666666666
        real.horner 0.5
        fmul real.q, real.r
        fmul real.q, real.r
        fadd real.q, real.residue

        movi real.m, 1                          # m <- 1 + r; what that rounds off is r - (m - 1)
        fadd real.m, real.r
        mov  real.t, real.m
        fsub real.t, =1
        fsub real.r, real.t
        fadd real.r, real.q
        fadd real.m, real.r
        call real.join
        mov  real.x, real.m
        ret
@vanish:
        movi real.x, 0
        ret

# ---- Sigmoid --------------------------------------------------------------------------------------------------------
# 1 / (1 + e^-x), or for negative x the same as e^x / (1 + e^x), so that e^|x| is never asked for.

real.sigmoid:
        jlt  real.x, @negative
        fmul real.x, =-1
        call real.exp
        mov  real.y, real.x
        fadd real.y, =1
        movi real.x, 1
        jmp  real.divide
@negative:
        call real.exp
        mov  real.y, real.x
        fadd real.y, =1
        jmp  real.divide

# ---- Parts ----------------------------------------------------------------------------------------------------------

# A division by zero, and so that fault, stands for every argument without a result.
real.domain:
        movi real.t, 0
        div  real.t, real.t

# residue <- n - q d, exactly, where q d is close to n. Dekker's product: q and d are each cut into two halves of 26 bits
# (Veltkamp), whose products are exact; `t` becomes q d rounded and `u` what the rounding left off.
real.residual:
        real.cut real.q, real.q_high, real.q_low
        real.cut real.d, real.d_high, real.d_low
        mov  real.t, real.q
        fmul real.t, real.d
        mov  real.u, real.q_high
        fmul real.u, real.d_high
        fsub real.u, real.t
        fmul real.q_high, real.d_low
        fadd real.u, real.q_high
        fmul real.d_high, real.q_low
        fadd real.u, real.d_high
        fmul real.q_low, real.d_low
        fadd real.u, real.q_low
        mov  real.residue, real.n
        fsub real.residue, real.t
        fsub real.residue, real.u
        ret

# m > 0 becomes a number from 1 to 2, and e its exponent: the old m is m 2^e. All exact.
real.split:
        movi real.e, 0
        real.if_less 1, @small
        real.if_less 4294967296.0, @low                 # 2^32: most numbers need only half of the steps
@high:  real.reduce 512, 1.3407807929942597e+154, 7.458340731200207e-155
        real.reduce 256, 1.157920892373162e+77, 8.636168555094445e-78
        real.reduce 128, 3.402823669209385e+38, 2.938735877055719e-39
        real.reduce 64, 1.8446744073709552e+19, 5.421010862427522e-20
        real.reduce 32, 4294967296.0, 2.3283064365386963e-10
@low:   real.reduce 16, 65536.0, 1.52587890625e-05
        real.reduce 8, 256.0, 0.00390625
        real.reduce 4, 16.0, 0.0625
        real.reduce 2, 4.0, 0.25
        real.reduce 1, 2.0, 0.5
        ret
@small: real.if_less 2.3283064365386963e-10, @tiny
        fmul real.m, =4294967296.0
        movi real.e, -32
        jmp  @low
@tiny:  fmul real.m, =4.149515568880993e+180            # 2^600
        addi real.e, -600
        real.if_less 1, @tiny                           # twice at most
        jmp  @high

# m <- m 2^e. Rounds at most once, at the end, so a subnormal result is the nearest to m 2^e. Overflows by itself.
real.join:
        mov  real.t, real.e
        jlt  real.t, @negative
@large: addi real.t, -30
        jlt  real.t, @shift_up
        fmul real.m, =1073741824.0                      # 2^30
        jmp  @large
@shift_up:
        addi real.t, 30                                 # 0 <= t < 30
        mov  real.u, =1
        shl  real.u, real.t
        fmul real.m, real.u
        ret

@negative:
        addi real.t, 900                                # if e < -900, the last step is a factor 2^-900
        jlt  real.t, @far
        addi real.t, -900
        movi real.last, 1
        jmp  @less
@far:   mov  real.last, =1.1830521861667747e-271        # 2^-900
@less:  addi real.t, 30
        jle  real.t, @small
        mov  real.u, =1                                 # 0 < t <= 30: what is left is 2^(t - 30)
        addi real.t, -1
        shl  real.u, real.t
        fmul real.u, =1.862645149230957e-09             # 2^-29
        fmul real.m, real.u
        fmul real.m, real.last
        ret
@small: fmul real.m, =9.313225746154785e-10             # 2^-30
        jmp  @less
real.end:

.data
real.x:        . 0                     # arguments and result
real.y:        . 0
real.m:        . 0                     # a number from 1 to 2, and its exponent
real.e:        . 0
real.e_result: . 0
real.sign:     . 0
real.side:     . 0
real.n:        . 0                     # numerator, denominator, quotient
real.d:        . 0
real.q:        . 0
real.r:        . 0                     # the inverse that Newton's iteration improves
real.residue:  . 0
real.last:     . 0
real.q_high:   . 0
real.q_low:    . 0
real.d_high:   . 0
real.d_low:    . 0
real.t:        . 0                     # for a moment
real.u:        . 0
.code
