# Macros for plain SUBLEQ, with the names and the order of operands of the extended instructions: `add b, c` means
# b <- b + c. (In the plain dialects these names are free.) Include this file first; it brings its constants along.
#
#   clear b        b <- 0             mov b, c      b <- c, where b is not c
#   add b, c       b <- b + c         sub b, c      b <- b - c
#   double b       b <- b + b         neg b, c      b <- -c, where b is not c
#   inc b          b <- b + 1         dec b         b <- b - 1
#   jmp to         goto to            jle b, to     if b <= 0 goto to
#   jlt b, to      if b < 0 goto to   jeq b, to     if b = 0 goto to
#   in b           b <- input         out b         output b
#   halt           stop
#   call r, r.return                  call the routine r, which ends with `r.return: ` (see below)
#
# All are right for every value, the smallest integer included; sums wrap as SUBLEQ's differences do. `zero` holds 0
# between any two macros; inside one it may hold something else.
#
# SUBLEQ has no stack. A routine ends with a jump whose target the caller writes: `zero zero r.return:0`. So it cannot
# call itself.

.dialect subleq

.macro sub b, c
        c b
.endmacro

.macro clear b
        b b
.endmacro

.macro add b, c
        c zero                 # zero <- -c
        zero b                 # b <- b + c
        zero zero
.endmacro

.macro double b
        b zero
        zero b
        zero zero
.endmacro

.macro mov b, c
        b b
        c zero
        zero b
        zero zero
.endmacro

.macro neg b, c
        b b
        c b
.endmacro

.macro inc b
        minus_one b
.endmacro

.macro dec b
        one b
.endmacro

.macro jmp to
        zero zero to
.endmacro

.macro jle b, to
        zero b to
.endmacro

# b < 0: first b <= 0, and then b + 1 <= 0, where b + 1 cannot wrap any more.
.macro jlt b, to
        zero b @maybe
        zero zero @no
@maybe: minus_one b @yes
        one b
        zero zero @no
@yes:   one b to               # b < 0 again, so this jumps
@no:
.endmacro

.macro jeq b, to
        zero b @maybe
        zero zero @no
@maybe: minus_one b @below
        one b to               # 1 - 1 <= 0: jumps
@below: one b
@no:
.endmacro

.macro in b
        -1 b
.endmacro

.macro out b
        b -1
.endmacro

.macro halt
        zero zero -1
.endmacro

.macro call routine, return
        return return
        @back zero             # zero <- -(the address to come back to)
        zero return
        zero zero routine
@back:  . ? + 1
.endmacro

.data
zero:      . 0
one:       . 1
minus_one: . -1
.code
