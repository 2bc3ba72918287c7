"""Small programs that the tests of the command line run."""

ECHO = """
loop: in x
      jlt x, end
      out x
      jmp loop
end:  halt
.data
x: . 0
"""

SUM = """# Adds the inputs up and shows each sum.
loop:  in x
       jlt x, done
       add sum, x
       out sum
       jmp loop
done:  halt
.data
x:   . 0
sum: . 0
"""

HELLO = """
loop:  ldx x, base
       jeq x, done
       out x
       addi index, 1
       jmp loop
done:  halt
.data
x:     . 0
base:  . text
index: . 0
text:  .stringz "Hello, \u00e4\\n"
"""

FAULT = """
      movi x, 7
      out x
bad:  div x, zero
.data
x:    . 0
zero: . 0
"""

ENDLESS = """
loop: out x
      addi x, 1
      jmp loop
.data
x: . 65
"""

QUIET = "loop: jmp loop"

SUBLEQ = """
.dialect subleq
       -1 x 3
       x -1 6
       zero zero -1
x:     . 0
zero:  . 0
"""

PLAIN = "-1 x 3; x -1 6; zero zero -1; x: . 0; zero: . 0"
"""The same cells in the default dialect."""


def put_out(*values: float) -> str:
    """A program that puts these values out."""
    lines = [f"out v{i}" for i in range(len(values))]
    cells = [f"v{i}: .reals {value!r}" for i, value in enumerate(values)]
    return "\n".join([*lines, "halt", ".data", *cells])
