"""The 62 tasks: what each reference computes, by a definition in Python, and what a spec gives away."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccc.learn import Budget, Spec
from tests.learn.curricula import all_cases, check, plain, small_spec, spec_files

FILES = spec_files("mips62")


def digits_up(value: int, base: int, count: int) -> list[int]:
    return [value // base**place % base for place in range(count)]


def number_up(digits: list[int], base: int) -> int:
    return sum(digit * base**place for place, digit in enumerate(digits))


def most_frequent(x: list[int], k: int) -> int:
    counts = [x.count(symbol) for symbol in range(k + 1)]
    return counts.index(max(counts))


def is_balanced(x: list[int]) -> bool:
    text = "".join("()"[item] for item in x)
    while "()" in text:
        text = text.replace("()", "")
    return not text


def quotient_bit(x: list[int], k: int) -> int:
    value = int("".join(map(str, x)), 2)
    return value // k - 2 * (value // 2 // k)


def motion(forces: list[int], gravity: int = 0, spring: int = 0) -> int:
    """The position after these forces, one at each step."""
    p = v = 0
    for force in forces:
        v += force + gravity - spring * p
        p += v
    return p


def in_field(a: list[int], b: list[int]) -> complex:
    """The field turns the velocity by a right angle, times the velocity itself."""
    p = v = 0j
    for x, y in zip(a, b, strict=True):
        v += complex(x, y) + 1j * v
        p += v
    return p


def last(x: list[int], count: int) -> list[int]:
    return ([0] * count + x)[-count:]


def before(x: list[int], places: int = 1) -> int:
    return last(x, places + 1)[0]


PREFIX: dict[str, Callable[[list[int], int], Any]] = {
    "Bitwise_Not": lambda x, k: 1 - x[-1],
    "Parity_Last": lambda x, k: sum(last(x, k)) % 2,
    "Parity_All": lambda x, k: sum(x) % 2,
    "Parity_Zeros": lambda x, k: x.count(0) % 2,
    "Evens_Counter": lambda x, k: sum(item in (0, 2, 4, 6, 8) for item in x),
    "Sum_All": lambda x, k: sum(x),
    "Sum_Last": lambda x, k: sum(last(x, k)),
    "Current_Number": lambda x, k: x[-1],
    "Prev": before,
    "Previous_Equals_Current": lambda x, k: before(x) == x[-1],
    "Diff_Last": lambda x, k: x[-1] - before(x),
    "Abs_Diff": lambda x, k: abs(x[-1] - before(x)),
    "Abs_Current": lambda x, k: abs(x[-1]),
    "Diff_Abs_Values": lambda x, k: abs(x[-1]) - abs(before(x)),
    "Min_Seen": lambda x, k: min(x),
    "Max_Seen": lambda x, k: max(x),
    "Majority_": most_frequent,
    "Evens_Detector": lambda x, k: x[-1] in (0, 2, 4, 6, 8),
    "Perfect_Square_Detector": lambda x, k: x[-1] in (0, 1, 4, 9, 16),
    "Bit_Palindrome": lambda x, k: x == x[::-1],
    "Balanced_Parenthesis": lambda x, k: is_balanced(x),
    "Parity_Bits_Mod": lambda x, k: (len(x) - 1) % 2,
    "Alternating_Last": lambda x, k: (
        len(set(last(x, k)[::2])) == len(set(last(x, k)[1::2])) == 1 and 1 in last(x, 2) and 0 in last(x, 2)
    ),
    "Bit_Shift_Right": lambda x, k: before(x),
    "Div_": quotient_bit,
    "Add_Mod_": lambda x, k: sum(x) % k,
    "Dithering": lambda x, k: sum(x) // 15 - sum(x[:-1]) // 15,
    "Newton_Freebody": lambda x, k: motion(x),
    "Newton_Gravity": lambda x, k: motion(x, gravity=-1),
    "Newton_Spring": lambda x, k: motion(x, spring=1),
}
"""Tasks with one input: the output from all inputs so far. k: the last number in the name of the task."""

PAIRS: dict[str, Callable[[list[int], list[int], int], list[Any]]] = {
    "Binary_Addition": lambda a, b, k: digits_up(number_up(a, 2) + number_up(b, 2), 2, len(a)),
    "Base__Addition": lambda a, b, k: digits_up(number_up(a, k) + number_up(b, k), k, len(a)),
    "Bitwise_Xor": lambda a, b, k: [x != y for x, y in zip(a, b, strict=True)],
    "Bitwise_Or": lambda a, b, k: [1 in pair for pair in zip(a, b, strict=True)],
    "Bitwise_And": lambda a, b, k: [0 not in pair for pair in zip(a, b, strict=True)],
    "Bit_Dot_Prod_Mod": lambda a, b, k: [
        sum(map(math.prod, zip(a[: i + 1], b[: i + 1], strict=True))) % 2 for i in range(len(a))
    ],
}
"""Tasks with two inputs."""


def family(name: str) -> tuple[str, int]:
    """The name without its last number, and that number; Majority_0_2 is of the family Majority_."""
    numbers = re.findall(r"\d+", name)
    bare = re.sub(r"\d+", "", name)
    return "Majority_" if bare.startswith("Majority") else bare, int(numbers[-1]) if numbers else 0


def wanted(spec: Spec, values: dict[str, Any]) -> dict[str, list[Any]]:
    bare, k = family(spec.name)
    if bare == "Newton_Magnetic":
        a, b = values["a"], values["b"]
        places = [in_field(a[: i + 1], b[: i + 1]) for i in range(len(a))]
        return {"y": [round(place.real) for place in places], "z": [round(place.imag) for place in places]}
    if bare in PAIRS:
        return {"y": PAIRS[bare](values["a"], values["b"], k)}
    return {"y": [PREFIX[bare](values["x"][: i + 1], k) for i in range(len(values["x"]))]}


def test_there_are_62_tasks() -> None:
    assert len(FILES) == 62
    assert {path.stem for path in (FILES[0].parent / "reference").glob("*.s")} == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_references_of_the_62_tasks(path: Path) -> None:
    spec = small_spec(path)
    assert spec.name == path.stem
    for case in all_cases(spec):
        for name, values in wanted(spec, plain(spec, case)).items():
            check(spec, case, name, values)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_specs_give_away_the_same(path: Path) -> None:
    """The rule of skills/mips62/README.md: 0, 1, 2, the numbers in the name, the largest input; only `int[n]`."""
    text = path.read_text(encoding="utf-8")
    spec = small_spec(path, 1)
    largest = max((int(high) for high in re.findall(r"integer: \[-?\d+, (\d+)\]", text)), default=1)
    assert set(spec.numbers) == {0, 1, 2, largest, *map(int, re.findall(r"\d+", spec.name))}
    assert spec.use is None
    assert spec.budget == Budget(memory=2 << 30)
    assert {str(slot.shape) for slot in (*spec.card.inputs, *spec.card.outputs)} == {"[n]"}
    assert {str(slot.type) for slot in spec.card.slots} == {"int"}
    length = spec.examples.train[0].given["n"]
    assert spec.examples.held_out[0].given["n"] == length
    assert spec.examples.longer[0].given["n"] == 4 * length
    assert "cases: 500" in text
