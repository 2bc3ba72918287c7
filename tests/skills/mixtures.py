"""Mixtures for tests, and what they compute, written out once more in plain Python: the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ccc.skills.library import Library
from ccc.skills.mixture import Choice, Mixture, Piece, Step, Term
from ccc.skills.mixture_read import parse_mixture
from ccc.skills.model import Kind, Shape, Type

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "tests/skills/compose_library", ROOT / "skills/compose")

POLYNOMIAL = """
mixture: polynomial
kind: integer
description: x y + x
inputs: {x: int, y: int}
outputs: {z: int}
locals: {t: int}
steps:
  - times: {a: x, b: y, y: t}
  - plus: [t, x, z]
tests: [{x: 5, y: 7, z: 40}, {x: -3, y: 2, z: -9}]
"""
POWER = """
mixture: power
kind: integer
inputs: {x: int}
outputs: {y: int}
constants: {n: int}
numbers: {one: 1, none: 0}
locals: {t: int}
count: n
steps:
  - times: {a: x, b: y, y: y}
tests: [{x: 3, n: 13, before: {y: 1}, y: 1594323}, {x: 3, n: 0, before: {y: 1}, y: 1}]
"""
DOT = """
mixture: dot
kind: integer
inputs: {x: "int[n]", y: "int[n]"}
outputs: {s: int}
constants: {n: int}
locals: {t: int}
count: n
steps:
  - times: {a: x+, b: y+, y: t}
  - plus: {a: t, b: s, y: s}
tests: [{x: [1, 2, 3], y: [4, 5, 6], n: 3, s: 32}]
"""
NEGATIVES = """
mixture: negatives
kind: integer
description: The sum of what is not positive.
inputs: {x: "int[n]"}
outputs: {s: int}
constants: {n: int}
count: n
steps:
  - plus: {a: x+, b: s, y: s}
    guard: x+
tests: [{x: [1, -2, 3, -5, 0, -1], n: 6, s: -8}]
"""
COUNTDOWN = """
mixture: countdown
kind: integer
outputs: {s: int, left: int}
numbers: {minus: -1}
until: left
steps:
  - plus: {a: s, b: left, y: s}
  - plus: {a: left, b: minus, y: left}
tests: [{before: {left: 10}, s: 55, left: 0}]
"""
TRANSPOSE = """
mixture: transpose
kind: real
inputs: {x: "real[r,c]"}
outputs: {y: "real[c,r]"}
constants: {r: int, c: int}
turned: {rows: y}
count: r
steps:
  - copy: {x: x+, n: c, y: rows+}
tests: [{x: [[1, 2, 3], [4, 5, 6]], r: 2, c: 3, y: [[1, 4], [2, 5], [3, 6]]}]
"""
VECTORS = """
mixture: vectors
kind: real
inputs: {a: real, x: "real[n]"}
outputs: {y: "real[n]"}
constants: {n: int}
locals: {t: "real[n]", u: real, v: "real[3]", w: "real[12]"}
numbers: {three: 3, row: [1, 2, 4.5]}
count: 2
steps:
  - copy: {x: x, n: n, y: t}
  - axpy: {a: a, x: x, n: n, y: t}
  - radd: {a: a, b: row+, y: u}
  - axpy: {a: u, x: row, n: three, y: v}
  - radd: {a: u, b: v+, y: w+2}
  - radd: {a: u, b: w+2, y: u}
  - axpy: {a: u, x: t, n: n, y: t}
  - nop:
  - copy: {x: t, n: n, y: y}
tests: [{a: 0.5, x: [1, 2, 3], n: 3, y: [21, 42, 63]}]
"""
REVERSED = """
mixture: reversed
kind: real
description: Rows in reverse order; the last number but two of four, and so on, added to a vector in reverse order.
inputs: {x: "real[r,c]", v: "real[c]"}
outputs: {y: "real[r,c]", w: "real[c]"}
constants: {r: int, c: int}
numbers: {four: [1, 2, 3, 4], two: 2}
locals: {t: real, big: "real[200]"}
count: two
steps:
  - copy: {x: x-, n: c, y: y+}
  - radd: {a: four-2, b: t, y: t}
  - radd: {a: t, b: v-, y: w+}
  - radd: {a: t, b: t, y: big-}
tests:
  - {x: [[1, 2], [3, 4]], v: [10, 20], r: 2, c: 2, y: [[3, 4], [1, 2]], w: [24, 16]}
  - {x: [[1, 2, 3], [4, 5, 6]], v: [10, 20, 30], r: 2, c: 3, y: [[4, 5, 6], [1, 2, 3]], w: [34, 26, 0], width: 8}
"""
HARD = (POLYNOMIAL, POWER, DOT, NEGATIVES, COUNTDOWN, TRANSPOSE, VECTORS, REVERSED)
SOFT = """
mixture: soft
kind: integer
inputs: {x: int, y: int}
outputs: {z: int}
locals: {t: int}
count: 2
steps:
  - mix:
      - times: {a: x, b: {x: 0.25, y: 0.75}, y: t}
        weight: 0.7
      - nop:
        weight: 0.1
      - plus: {a: {t: 0.3, z: 0.7}, b: y, y: {t: 0.9, z: 0.1}}
        weight: 0.2
  - plus: {a: t, b: x, y: {z: 0.5, t: 0.5}}
"""


def library() -> Library:
    """The atoms of these tests, and the composition skill."""
    return Library(FOLDERS)


def read(text: str) -> Mixture:
    return parse_mixture(text, library())


# The oracle. Sums and products are taken in the order in which docs/composition.md gives them.

Area = dict[str, np.ndarray]


def oracle(mixture: Mixture, data: Mapping[str, object], before: Mapping[str, object] | None = None) -> Area:
    """What a mixture over radd, rmul, axpy, copy leaves in its outputs; all shapes are those of numbers or of data."""
    given = {name: np.asarray(value, dtype=float) for name, value in {**(before or {}), **data}.items()}
    sizes = {name: int(value) for name, value in given.items() if value.ndim == 0 and value == int(value)}
    area = {}
    for piece in mixture.pieces:
        shape = tuple(sizes[part] if isinstance(part, str) else part for part in piece.shape.dimensions)
        start = piece.values if piece.role == "number" else given.get(piece.name, np.zeros(shape))
        area[piece.name] = np.array(start, dtype=float).reshape(shape)
    count = int(area[mixture.count]) if isinstance(mixture.count, str) else mixture.count
    for number in range(count):
        for step in _in_order(mixture):
            area = _mix(step, area, number)
        if mixture.until and area[mixture.until] <= 0:
            break
    return {piece.name: area[piece.name] for piece in mixture.slots if piece.role == "output"}


def _in_order(mixture: Mixture) -> list[Step]:
    """The steps with terms in the order of the skills' first occurrence, and rows of P in the order of the pieces."""
    kinds = list(dict.fromkeys(term.skill for term in mixture.terms()))
    names = [piece.name for piece in mixture.pieces]

    def ordered(choice: Choice) -> Choice:
        return Choice(tuple(sorted(choice.weights, key=lambda pair: names.index(pair[0]))), choice.advance)

    found = []
    for step in mixture.steps:
        terms = [
            Term(term.skill, {slot: ordered(choice) for slot, choice in term.slots.items()}, term.weight)
            for term in sorted(step.terms, key=lambda term: kinds.index(term.skill))
        ]
        found.append(Step(tuple(terms), step.guard))
    return found


def _mix(step: Step, area: Area, number: int) -> Area:
    if step.guard is not None and _part(area, step.guard.piece, step.guard, number) > 0:
        return area
    if len(step.terms) == 1:
        return _term(step.terms[0], area, number)
    total = {name: np.zeros_like(value) for name, value in area.items()}
    for term in step.terms:
        after = _term(term, area, number)
        total = {name: total[name] + after[name] * term.weight for name in area}
    fixed = ("x", "three")  # what cannot be written is not part of the area
    return total | {name: area[name] for name in fixed if name in area}


def _part(area: Area, name: str, choice: Choice, number: int) -> np.ndarray:
    return area[name][choice.advance * number] if choice.advance else area[name]


def _load(choice: Choice, area: Area, number: int) -> np.ndarray:
    if len(choice.weights) == 1:
        return _part(area, choice.piece, choice, number) + 0.0
    total = 0.0
    for name, weight in choice.weights:
        total = total + _part(area, name, choice, number) * weight
    return np.asarray(total)


def _term(term: Term, area: Area, number: int) -> Area:
    if term.skill == "nop":
        return area
    area = {name: value.copy() for name, value in area.items()}
    values = {slot: _load(choice, area, number) for slot, choice in term.slots.items()}
    match term.skill:
        case "radd" | "plus":
            result = values["a"] + values["b"]
        case "rmul" | "times":
            result = values["a"] * values["b"]
        case "copy":
            result = values["x"]
        case "axpy":
            result = values["y"] + values["x"] * values["a"]
    target = term.slots["y"]
    for name, weight in target.weights:
        old = _part(area, name, target, number)
        new = result if len(target.weights) == 1 else old * (1 - weight) + result * weight
        if target.advance:
            area[name][target.advance * number] = new
        else:
            area[name] = np.array(new)
    return area


# Random mixtures

SCALARS, VECTORS_OF_3 = ("x", "y", "z", "t"), ("v", "w")


def random_mixture(rng: np.random.Generator, *, soft: bool, steps: int = 3) -> Mixture:
    """A mixture over scalars x (an input), z (an output), t, y and vectors v, w, all of real numbers."""

    def choice(names: tuple[str, ...], *, written: bool = False, advance: bool = False) -> Choice:
        names = tuple(name for name in names if not written or name != "x")
        several = soft and rng.random() < 0.4
        chosen = rng.choice(names, size=rng.integers(2, len(names) + 1) if several else 1, replace=False)
        weights = rng.dirichlet(np.ones(len(chosen))) if several and len(chosen) > 1 else np.ones(1)
        pairs = zip([str(name) for name in chosen], weights.tolist(), strict=True)
        return Choice(tuple(pairs), int(advance))

    def term(weight: float) -> Term:
        kind = rng.integers(0, 5)
        if kind == 0:
            return Term("nop", {}, weight)
        if kind == 1:
            slots = {
                "a": choice(SCALARS),
                "x": choice(VECTORS_OF_3),
                "y": choice(VECTORS_OF_3),
                "n": Choice.of("three"),
            }
            return Term("axpy", slots, weight)
        moving = bool(rng.random() < 0.4)
        slots = {
            "a": choice(VECTORS_OF_3, advance=True) if moving else choice(SCALARS),
            "b": choice(SCALARS),
            "y": choice(VECTORS_OF_3, written=True, advance=True)
            if rng.random() < 0.3
            else choice(SCALARS, written=True),
        }
        return Term(str(rng.choice(["radd", "rmul"])), slots, weight)

    def step() -> Step:
        several = soft and rng.random() < 0.7
        weights = rng.dirichlet(np.ones(int(rng.integers(2, 4)))).tolist() if several else [1.0]
        guard = Choice.of(str(rng.choice(SCALARS))) if rng.random() < 0.2 else None
        return Step(tuple(term(weight) for weight in weights), guard)

    pieces = (
        Piece("x", "input", Type.REAL),
        Piece("z", "output", Type.REAL),
        Piece("v", "output", Type.REAL, Shape((3,))),
        Piece("t", "local", Type.REAL),
        Piece("y", "local", Type.REAL),
        Piece("w", "local", Type.REAL, Shape((3,))),
        Piece("three", "number", Type.INT, values=(3.0,)),
    )
    count = int(rng.integers(1, 4))
    return Mixture("random", Kind.REAL, "Random.", pieces, tuple(step() for _ in range(steps)), count)
