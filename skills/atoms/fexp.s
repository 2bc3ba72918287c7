.include "parts.inc"

# x = n ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n e^r. ln 2 is held in two parts, of which n times the first is exact;
# e^r = 1 + r + r^2 (1/2! + r/3! + ... + r^11/13!), the three summands added with care for what each sum rounds off.
.skill fexp             # y <- e^a, within 1 ulp
    .input a
    .output y
    .scratch x, m, e, n, q, r, residue, last, t, u
        ld   x, a
        mov  t, x
        fcmp t, =-746
        jle  t, @vanish
        mov  n, x
        fmul n, =1.4426950408889634        # 1 / ln 2
        fadd n, =6755399441055744.0        # 1.5 * 2^52: adding and subtracting it rounds to an integer
        fsub n, =6755399441055744.0
        ftoi e, n
        itof n, e                     # the same number, which is now constant to a derivative, as it should be

        mov  t, n                     # r <- (x - n ln2_high) - n ln2_low, and `residue` what that rounds off
        fmul t, =0.6931471803691238
        fsub x, t
        fmul n, =1.9082149292705877e-10
        mov  r, x
        fsub r, n
        mov  residue, x
        fsub residue, r
        fsub residue, n

        mov  q, =1.6059043836821613e-10    # 1/13!
        parts.horner 2.08767569878681e-09
        parts.horner 2.505210838544172e-08
        parts.horner 2.755731922398589e-07
        parts.horner 2.7557319223985893e-06
        parts.horner 2.48015873015873e-05
        parts.horner 0.0001984126984126984
        parts.horner 0.001388888888888889
        parts.horner 0.008333333333333333
        parts.horner 0.041666666666666664
        parts.horner 0.16666666666666666
        parts.horner 0.5
        fmul q, r
        fmul q, r
        fadd q, residue

        movi m, 1                          # m <- 1 + r; what that rounds off is r - (m - 1)
        fadd m, r
        mov  t, m
        fsub t, =1
        fsub r, t
        fadd r, q
        fadd m, r
        call @join
        st   y, m
        return
@vanish:
        st   y, =0
        return
@join:  parts.join

    .jacobian
    .scratch value
        .invoke fexp, a, value
        st   jacobian, value
.endskill
