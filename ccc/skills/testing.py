"""Does a skill do what its card says: its tests on several engines, its Jacobian against differences, its twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ccc.errors import CccError, SkillError
from ccc.isa import Fault
from ccc.machine import Cells, Executor, Image, format_cell, word_range
from ccc.skills.call import Call, Result
from ccc.skills.closeness import wrong_outputs
from ccc.skills.jacobians import AUTOGRAD_TOLERANCE, TOLERANCE, autograd, column_name, differences, flat
from ccc.skills.library import Library, Skill
from ccc.skills.model import Card, Example, sizes_of
from ccc.trace import make_executor

DEFAULT_ENGINES = ("emulator", "native")
MAX_STEPS = 10_000_000
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as the card says. test: its number from 1 on, or 0 where it is about no one test."""

    skill: str
    test: int
    engine: str
    what: str
    expected: str
    found: str


@dataclass(slots=True)
class Report:
    """What testing a skill came to.

    tests: how many the card has. instructions: of the first test, or None. jacobians: how many matrices were compared.
    jacobian_error, autograd_error: their largest difference from finite differences and from reverse mode, relative to
    the larger of 1 and the entry.
    """

    skill: str
    tests: int = 0
    instructions: int | None = None
    jacobians: int = 0
    jacobian_error: float = 0.0
    autograd_error: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures


class Tester:
    """Tests skills of a library on engines, which are made once. The first engine's result is the one to compare.

    autograd: also compare Jacobian code with reverse mode through every instruction of the Transformer, which is slow.
    """

    def __init__(
        self,
        library: Library,
        engines: Sequence[str] = DEFAULT_ENGINES,
        max_steps: int = MAX_STEPS,
        *,
        autograd: bool = False,
    ) -> None:
        self.autograd = autograd
        self._library, self._engines, self._max_steps = library, tuple(engines), max_steps
        self._executors: dict[tuple[str, int], Executor] = {}

    def test(self, name: str) -> Report:
        """Run every test of a skill. Raises SkillError, CardError, SourceError, FileError where it cannot be read."""
        return _Test(self, self._library.find(name), self._library).report()

    def instructions(self, name: str) -> int | None:
        """The instructions of a skill's first test, or None where it has none."""
        return next(iter(self.costs(name, 1)), None)

    def costs(self, name: str, tests: int | None = None) -> list[int]:
        """The instructions of a skill's first tests, of all unless told."""
        skill = self._library.find(name)
        costs = []
        for example in skill.card.examples[:tests]:
            sizes = sizes_of(skill.card, {**example.given, **example.expected})
            call = Call(skill, sizes, width=example.width)
            costs.append(self.run(self._engines[0], call, example).instructions)
        return costs

    @property
    def engines(self) -> tuple[str, ...]:
        return self._engines

    def run(self, engine: str, call: Call, example: Example, given: Mapping[str, Cells] | None = None) -> Result:
        """One call on one engine. given: instead of the example's. Raises SkillError where it does not end."""
        image = call.image(given or example.given, example.before)
        executor = self._executor(engine, image)
        executor.start(image, ())
        steps = executor.run(self._max_steps)
        return call.result(executor.state(), steps)

    def _executor(self, engine: str, image: Image) -> Executor:
        key = (engine, image.width)
        if key not in self._executors:
            self._executors[key] = make_executor(engine, image)
        return self._executors[key]


class _Test:
    """One skill under test."""

    def __init__(self, tester: Tester, skill: Skill, library: Library) -> None:
        self._tester, self._skill, self._library = tester, skill, library
        self._card = skill.card
        self._report = Report(skill.name, len(self._card.examples))
        self._calls: dict[tuple[object, ...], Call] = {}

    def report(self) -> Report:
        card = self._card
        if not card.examples:
            self._fail(0, "", "tests", "at least one", "none")
        twin = self._twin()
        for number, example in enumerate(card.examples, 1):
            try:
                self._example(number, example)
                if twin is not None and example.fault is None:
                    self._compare_twin(number, example, twin)
            except SkillError as error:
                self._fail(number, "", "the call", "an end", error.message)
        return self._report

    def _fail(self, number: int, engine: str, what: str, expected: str, found: str) -> None:
        self._report.failures.append(Failure(self._skill.name, number, engine, what, expected, found))

    def _call(self, skill: Skill, example: Example, *, jacobian: bool = False) -> Call:
        sizes = self._sizes(example)
        key = (skill.name, jacobian, example.width, *sizes.items())
        if key not in self._calls:
            self._calls[key] = Call(skill, sizes, jacobian=jacobian, width=example.width)
        return self._calls[key]

    def _sizes(self, example: Example) -> dict[str, int]:
        return sizes_of(self._card, {**example.given, **example.expected})

    def _example(self, number: int, example: Example) -> None:
        result = self._on_all_engines(number, example, self._call(self._skill, example))
        if number == 1:
            self._report.instructions = result.instructions
        engine = self._tester.engines[0]
        if result.fault != (example.fault or Fault.NONE):
            wanted = f"fault {example.fault.label}" if example.fault else "no fault"
            ended = f"fault {result.fault.label}" if result.fault else "no fault"
            self._fail(number, engine, "end", wanted, ended)
            return
        for slot in wrong_outputs(self._card, result.outputs, example.expected) if example.fault is None else ():
            self._fail(number, engine, slot.name, shown(example.expected[slot.name]), shown(result.outputs[slot.name]))
        if self._card.differentiable and example.fault is None:
            self._jacobian(number, example)

    def _on_all_engines(self, number: int, example: Example, call: Call) -> Result:
        first, *others = self._tester.engines
        result = self._tester.run(first, call, example)
        for engine in others:
            other = self._tester.run(engine, call, example)
            if other.same_as != result.same_as:
                what = "Jacobian" if call.jacobian else "state"
                self._fail(number, engine, what, f"as {first}, bit for bit", _difference(result, other))
        return result

    # The Jacobian

    def _jacobian(self, number: int, example: Example) -> None:
        call = self._call(self._skill, example, jacobian=True)
        result = self._on_all_engines(number, example, call)
        engine = self._tester.engines[0]
        if result.fault or result.jacobian is None:
            self._fail(number, engine, "Jacobian", "no fault", f"fault {result.fault.label}")
            return
        self._report.jacobians += 1
        matrix = result.jacobian
        low, high = differences(self._card, example.given, partial(self._outputs, example))
        outside = np.fmax(np.fmax(low - matrix, matrix - high), 0.0) / np.maximum(1.0, np.abs(matrix))
        self._report.jacobian_error = max(self._report.jacobian_error, float(np.max(outside, initial=0.0)))
        if np.any(outside > TOLERANCE):
            self._wrong_column(number, outside > TOLERANCE, matrix, (low + high) / 2, "by differences")
        if self._tester.autograd:
            slopes = np.where(low == high, low, np.nan)
            self._autograd(number, example, matrix, slopes)

    def _autograd(self, number: int, example: Example, matrix: Cells, slopes: Cells) -> None:
        """slopes: by differences, NaN at a kink or jump.

        Reverse mode differentiates the instructions that were executed. At a kink, and where code branches on equality
        (0 / x is 0 at once), that is not what the skill does nearby, so only entries that are slopes count.
        """
        call = Call(self._skill, self._sizes(example), width=example.width, small=True)
        try:
            exact = autograd(call, example)
        except CccError as error:
            self._fail(number, "sparse", "Jacobian", "a derivative by reverse mode", error.message)
            return
        scale = np.maximum(1.0, np.abs(exact))
        is_slope = np.abs(exact - slopes) <= TOLERANCE * scale
        apart = np.where(is_slope, np.abs(matrix - exact), 0.0) / scale
        self._report.autograd_error = max(self._report.autograd_error, float(np.max(apart, initial=0.0)))
        if np.any(apart > AUTOGRAD_TOLERANCE):
            self._wrong_column(number, apart > AUTOGRAD_TOLERANCE, matrix, exact, "by reverse mode")

    def _wrong_column(self, number: int, wrong: NDArray[np.bool_], matrix: Cells, wanted: Cells, how: str) -> None:
        """Report the first column that has a wrong entry."""
        column = int(np.argmax(wrong.any(axis=0)))
        what = f"Jacobian, column {column_name(self._card, column, self._card.examples[number - 1].given)}"
        expected = f"{shown(wanted[:, column])} {how}"
        self._fail(number, self._tester.engines[0], what, expected, shown(matrix[:, column]))

    def _outputs(self, example: Example, given: Mapping[str, Cells]) -> Cells | None:
        """The real outputs, one after the other, or None where the call faults."""
        result = self._tester.run(self._tester.engines[0], self._call(self._skill, example), example, given)
        if result.fault:
            return None
        return flat([result.outputs[slot.name] for slot in self._card.row_slots()])

    # The twin

    def _twin(self) -> Skill | None:
        name = self._card.twin
        if name is None:
            return None
        if name not in self._library:
            self._fail(0, "", "twin", f"a skill '{name}'", "none in the libraries")
            return None
        twin = self._library.find(name)
        if _form(twin.card) != _form(self._card):
            self._fail(0, "", "twin", _form(self._card), _form(twin.card))
            return None
        return twin

    def _compare_twin(self, number: int, example: Example, twin: Skill) -> None:
        """On numbers that do not wrap, the twin gives what the skill gives."""
        engine = self._tester.engines[0]
        result = self._tester.run(engine, self._call(twin, example), example)
        low, high = word_range(example.width)
        outputs = flat(list(result.outputs.values()))
        if result.fault or np.any((outputs < low) | (outputs > high)):
            return
        for name, found in result.outputs.items():
            if not np.array_equal(found, example.expected[name]):
                self._fail(number, engine, f"twin {twin.name}, {name}", shown(example.expected[name]), shown(found))


def _form(card: Card) -> str:
    """What a skill and its twin have in common: names, roles and shapes of slots."""
    return ", ".join(f"{slot.role} {slot.name}{slot.shape}" for slot in card.slots)


def _difference(left: Result, right: Result) -> str:
    if left.instructions != right.instructions:
        return f"{right.instructions:,} instructions, not {left.instructions:,}"
    cells = np.flatnonzero(left.state.cells.view(np.int64) != right.state.cells.view(np.int64))
    if not cells.size:
        return "other registers"
    at = int(cells[0])
    return (
        f"cell {at} holds {format_cell(float(right.state.cells[at]))}, not {format_cell(float(left.state.cells[at]))}"
    )


def shown(values: Cells) -> str:
    """Numbers in short: the first few, and how many more there are."""
    numbers = [format_cell(float(value)) for value in values.reshape(-1)]
    if not values.ndim:
        return numbers[0]
    rest = f", and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"[{', '.join(numbers[:_SHOWN])}{rest}]"
