"""A function to be learnt, and programs for it: the greatest common divisor."""

from __future__ import annotations

from pathlib import Path

from ccc.learn.model import Found, Spec
from ccc.learn.spec import read_spec
from ccc.skills import Library, Mixture, parse_mixture

ROOT = Path(__file__).resolve().parents[2]
ATOMS = ROOT / "skills" / "atoms"

GCD = """\
spec: gcd
kind: integer
description: The greatest common divisor of two positive integers.
inputs: {a: int, b: int}
outputs: {g: int}
reference:
  program: gcd.s
  draw:
    train: {cases: 8, a: {integer: [1, 60]}, b: {integer: [1, 60]}}
    held_out: {cases: 20}
    longer: {cases: 5, a: {integer: [1, 1000]}, b: {integer: [1, 1000]}}
"""
REFERENCE = """\
.skill right
    .input a, b
    .output g
    .scratch x, y, t
        ld   x, a
        ld   y, b
@loop:  jeq  y, @done
        mov  t, x
        mod  t, y
        mov  x, y
        mov  y, t
        jmp  @loop
@done:  st   g, x
.endskill
"""
LOOP = """
mixture: gcd_loop
kind: integer
outputs: {x: int, y: int}
locals: {t: int}
until: y
steps:
  - mod: {a: x, b: y, y: t}
  - mov: {x: y, y: x}
  - mov: {x: t, y: y}
"""
OUTER = """
mixture: gcd
kind: integer
inputs: {a: int, b: int}
outputs: {g: int}
locals: {y: int}
steps:
  - mov: {x: a, y: g}
  - mov: {x: b, y: y}
  - gcd_loop: {x: g, y: y}
"""


def atoms() -> Library:
    return Library([ATOMS])


def gcd_spec(folder: Path) -> Spec:
    (folder / "gcd.yaml").write_text(GCD, encoding="utf-8")
    (folder / "gcd.s").write_text(REFERENCE, encoding="utf-8")
    return read_spec(folder / "gcd.yaml", [ATOMS])


class Parts:
    """A library with helpers besides the atoms, for reading mixtures that call them."""

    def __init__(self, *helpers: Mixture) -> None:
        self._atoms = atoms()
        self._cards = {helper.name: helper.card(1) for helper in helpers}

    @property
    def names(self) -> list[str]:
        return sorted([*self._atoms.names, *self._cards])

    def __contains__(self, name: object) -> bool:
        return name in self._cards or name in self._atoms

    def card(self, name: str):
        return self._cards[name] if name in self._cards else self._atoms.card(name)

    def rests_on(self, name: str):
        return () if name in self._cards else self._atoms.rests_on(name)


def program(*texts: str) -> Found:
    """The mixtures in these texts, each a part of later ones."""
    found: list[Mixture] = []
    for text in texts:
        found.append(parse_mixture(text, Parts(*found)))
    return Found(tuple(found), "by hand", len(found))
