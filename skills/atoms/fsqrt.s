.require fdiv
.include "parts.inc"

# The same plan as that of fdiv, with 1 <= n < 4 and an even exponent. Newton's iteration finds 1 / sqrt(n), which needs
# no division.
.skill fsqrt            # y <- the square root of a, correctly rounded
    .input a
    .output y
    .scratch x, m, e, e_result, n, d, q, r, residue, last, t, u
    .scratch q_high, q_low, d_high, d_low
        ld   x, a
        jeq  x, @zero
        jlt  x, @domain
        mov  m, x
        call @split
        mov  n, m
        mov  t, e
        and  t, =1
        jeq  t, @even
        fadd n, n
        addi e, -1
@even:  sar  e, =1
        mov  e_result, e

        mov  r, n            # 1.1 - 0.16 n is off by 11 % at most
        fmul r, =-0.16
        fadd r, =1.1
        parts.improve_inverse_root      # relative error e becomes 1.5 e^2: 1.8e-2, 5e-4, 4e-7, 2e-13
        parts.improve_inverse_root
        parts.improve_inverse_root
        parts.improve_inverse_root

        mov  q, n
        fmul q, r
        mov  d, q
        call @residual
        fmul r, residue      # q <- q + r residue / 2
        fmul r, =0.5
        fadd q, r
        mov  d, q
        call @residual

        mov  u, q            # the root lies above q + ulp/2 just if residue > ulp q, as both are multiples
        fmul u, =parts.ULP         # of 2^-104; and below q - ulp/2 just if residue <= -ulp q
        mov  t, u
        fcmp t, residue
        jlt  t, @up
        fadd residue, u
        jle  residue, @down
@scale: mov  m, q
        mov  e, e_result
        call @join
        st   y, m
        return
@zero:  st   y, x
        return
@up:    fadd q, =parts.ULP
        jmp  @scale
@down:  fsub q, =parts.ULP
        jmp  @scale
@domain:
        parts.domain
@residual:
        parts.residual
@split: parts.split
@join:  parts.join

    .jacobian               # 1 / (2 y): at 0 there is none, and the division faults
    .scratch half, q, value
        movi half, 0.5
        .invoke fsqrt, a, q
        .invoke fdiv, half, q, value
        st   jacobian, value
.endskill
