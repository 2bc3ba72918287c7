"""Programs on real numbers that the tests of gradients differentiate: source, inputs, `of` and `wrt` by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ccc.assembler import assemble_text
from ccc.machine import Image
from ccc.neural import Input, Output


@dataclass(frozen=True)
class Program:
    """of, wrt: symbols, with an offset, or values at a port."""

    name: str
    source: str
    of: tuple[tuple[str, int] | Output, ...]
    wrt: tuple[tuple[str, int] | Input, ...]
    inputs: tuple[float, ...] = ()

    @property
    def image(self) -> Image:
        return assembled(self.source)

    def places(self, names: tuple) -> list:
        symbols = self.image.info.symbols
        return [symbols[name[0]] + name[1] if isinstance(name, tuple) else name for name in names]


@cache
def assembled(source: str) -> Image:
    return assemble_text(source, "prog.s")


HORNER = """
loop:   fmul sum, x                 # the polynomial with 4 coefficients, the highest first
        ldx  term, at
        fadd sum, term
        addi at + 1, 1
        addi count, -1
        jeq  count, done
        jmp  loop
done:   out  sum
        halt
.data
x:      .reals 0.7
sum:    . 0
term:   . 0
at:     . coefficients 0
count:  . 4
coefficients: .reals 2.5, -1.25, 0.375, 3
"""

DOT = """
loop:   ldx  a, left
        ldx  b, right
        fmul a, b
        fadd sum, a
        addi left + 1, 1
        addi right + 1, 1
        addi count, -1
        jeq  count, done
        jmp  loop
done:   halt
.data
a:      . 0
b:      . 0
sum:    . 0
count:  . 3
left:   . u 0
right:  . v 0
u:      .reals 1.5, -2, 0.25
v:      .reals 0.5, 4, -3
"""

LOGISTIC = """
loop:   mov  t, one                 # x <- r x (1 - x)
        fsub t, x
        fmul x, t
        fmul x, r
        addi count, -1
        jeq  count, done
        jmp  loop
done:   out  x
        halt
.data
x:      .reals 0.3
r:      .reals 3.2
one:    . 1
t:      . 0
count:  . {count}
"""

NEWTON = """
        in   a                      # the square root of the input as a r, r <- r (1.5 - 0.5 a r^2) until it stands
loop:   mov  t, r
        fmul t, r
        fmul t, a
        fmul t, =-0.5
        fadd t, =1.5
        mov  old, r
        fmul r, t
        fcmp old, r
        jlt  old, loop              # it grows towards the limit
        fmul r, a
        out  r
        halt
.data
a:      . 0
r:      .reals 0.25
old:    . 0
t:      . 0
"""

POINTERS = """
        out  x                      # before anything changes it
        push x
        push y
        call square
        pop  y
        pop  x
        st   where, x
        ld   z, where
        fmul z, y
        lds  w, -1                  # what POP left below the stack
        fadd z, w
        out  z
        halt
square: lds  t, 1                   # its argument, beside the return address
        fmul t, t
        sts  1, t
        ret
.data
x:      .reals 1.25
y:      .reals -0.75
z:      . 0
w:      . 0
t:      . 0
where:  . box
box:    . 0
.stack 8
"""

SQUARING = """
loop:   fmul x, x
        addi count, -1
        jeq  count, done
        jmp  loop
done:   halt
.data
x:      .reals 1.01
count:  . 7
"""

PROGRAMS = [
    Program(
        "Horner",
        HORNER,
        (Output(0), ("term", 0)),
        (("x", 0), ("coefficients", 0), ("coefficients", 3), ("sum", 0), ("term", 0)),
    ),
    Program("dot product", DOT, (("sum", 0),), tuple((name, i) for name in "uv" for i in range(3))),
    Program("logistic map", LOGISTIC.format(count=12), (("x", 0), Output(0)), (("x", 0), ("r", 0), ("one", 0))),
    Program("Newton's square root", NEWTON, (Output(0),), (Input(0), ("r", 0)), (3.0,)),
    Program("pointers and stack", POINTERS, (Output(0), Output(1), ("box", 0)), (("x", 0), ("y", 0), ("z", 0))),
    Program("repeated squaring", SQUARING, (("x", 0),), (("x", 0),)),
]
