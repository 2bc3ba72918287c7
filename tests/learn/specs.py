"""Small specs for tests, with the budgets and the skills that keep them quick."""

from __future__ import annotations

from pathlib import Path

USE = "[add, sub, mul, neg]"


def spec_text(name: str, expression: str, *, use: str = USE, more: str = "", train: int = 4, cases: int = 6) -> str:
    """A spec of a function of two integers, from a Python expression over x and y of the test's own."""
    pairs = [(3, 5), (-2, 7), (11, -4), (0, 9), (6, 6), (-8, -3), (13, 2), (1, -20)]

    def listed(pairs: list[tuple[int, int]], scale: int) -> str:
        values = [(scale * x, scale * y) for x, y in pairs]
        return "".join(f"    - {{x: {x}, y: {y}, z: {eval(expression, {'x': x, 'y': y})}}}\n" for x, y in values)

    return (
        f"spec: {name}\nkind: integer\ndescription: What the expression {expression} says.\n"
        f"inputs: {{x: int, y: int}}\noutputs: {{z: int}}\nuse: {use}\n{more}"
        f"examples:\n  train:\n{listed(pairs[:train], 1)}  held_out:\n{listed(pairs[train:cases], 1)}"
        f"  longer:\n{listed(pairs[cases:], 10)}"
    )


def write_spec(folder: Path, name: str, expression: str, **options: object) -> Path:
    """`spec_text` in a file of the folder."""
    path = folder / f"{name}.yaml"
    path.write_text(spec_text(name, expression, **options), encoding="utf-8")  # type: ignore[arg-type]
    return path
