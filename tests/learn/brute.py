"""A small, slow, real search for tests: straight lines of integer skills with scalar slots, by brute force.

It evaluates skills on the emulator and keeps the first program of each behaviour on the training cases.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccc.isa import Fault
from ccc.learn.model import Budget, Found, Problem, Progress, Report
from ccc.machine import Cells
from ccc.skills import Kind, Mixture, Type, call_batch
from ccc.skills.mixture import Choice, Piece, Step, Term

LONGEST = 3


@dataclass(frozen=True, slots=True)
class Value:
    """What a program has made: on each case a number. steps: (skill, names of what it is called with), in order."""

    name: str
    numbers: tuple[float, ...]
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Brute:
    """Tries every straight line of up to LONGEST steps, the shortest first; for specs with one scalar output."""

    name = "brute"

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        (output,) = problem.card.outputs
        wanted = tuple(float(case.expected[output.name]) for case in problem.cases)
        end, self._tried, best = time.monotonic() + budget.seconds, 0, -1.0
        lines: list[list[Value]] = [self._leaves(problem)]
        for size in range(1, LONGEST + 1):
            longer: list[list[Value]] = []
            seen: set[frozenset[tuple[float, ...]]] = set()
            for line in lines:
                for value in self._next(problem, line):
                    self._tried += 1
                    right = sum(a == b for a, b in zip(value.numbers, wanted, strict=True)) / len(wanted)
                    if (right > best or right == 1) and self._tried > problem.skip.get("brute", 0):
                        best = max(best, right)
                        yield Found((self._mixture(problem, value),), self.name, self._tried, right)
                    if self._tried % 10 == 0:
                        report(Progress(self.name, size, self._tried, len(longer), best))
                    if time.monotonic() > end or (budget.candidates is not None and self._tried >= budget.candidates):
                        report(Progress(self.name, size, self._tried, len(longer), best))
                        return
                    key = frozenset(one.numbers for one in (*line, value))
                    if key not in seen and size < LONGEST:
                        seen.add(key)
                        longer.append([*line, value])
            report(Progress(self.name, size, self._tried, len(longer), best))
            lines = longer

    def _leaves(self, problem: Problem) -> list[Value]:
        given = [
            Value(slot.name, tuple(float(case.given[slot.name]) for case in problem.cases))
            for slot in problem.card.given
        ]
        numbers = [
            Value(f"number{index}", (number,) * len(problem.cases)) for index, number in enumerate(problem.numbers)
        ]
        return [*given, *numbers]

    def _next(self, problem: Problem, line: list[Value]) -> Iterator[Value]:
        """Every value that one step more can make."""
        for part in problem.parts:
            card = problem.library.card(part)
            if card.kind is not Kind.INTEGER or len(card.outputs) != 1 or card.constants:
                continue
            if any(slot.shape.dimensions or slot.type is Type.REAL for slot in card.slots):
                continue
            choices = list(itertools.product(line, repeat=len(card.inputs)))
            names = [slot.name for slot in card.inputs]
            batch = [
                {name: value.numbers[case] for name, value in zip(names, chosen, strict=True)}
                for chosen in choices
                for case in range(len(problem.cases))
            ]
            results = call_batch(problem.library, part, batch)
            for number, chosen in enumerate(choices):
                ends = results[number * len(problem.cases) : (number + 1) * len(problem.cases)]
                if any(end.fault is not Fault.NONE for end in ends):
                    self._tried += 1
                    continue
                numbers = tuple(float(end.outputs[card.outputs[0].name]) for end in ends)
                steps = tuple(step for value in line for step in value.steps[-1:])
                called = tuple(value.name for value in chosen)
                yield Value(f"t{len(steps)}", numbers, (*steps, (part, called)))

    def _mixture(self, problem: Problem, value: Value) -> Mixture:
        card = problem.card
        (output,) = card.outputs
        pieces = [Piece(slot.name, slot.role, slot.type, slot.shape) for slot in card.slots]
        steps, used = [], set()
        last = len(value.steps) - 1
        for number, (part, called) in enumerate(value.steps):
            inner = problem.library.card(part)
            made = output.name if number == last else f"t{number}"
            slots = dict(zip([slot.name for slot in inner.inputs], map(Choice.of, called), strict=True))
            steps.append(Step((Term(part, {**slots, inner.outputs[0].name: Choice.of(made)}),)))
            used.update(called)
        pieces += [Piece(f"t{number}", "local", Type.INT) for number in range(last)]
        for index, number in enumerate(problem.numbers):
            if f"number{index}" in used:
                pieces.append(Piece(f"number{index}", "number", Type.INT, values=(number,)))
        return Mixture(card.name, card.kind, card.description, tuple(pieces), tuple(steps))


def cells(*numbers: float) -> Cells:
    """A vector."""
    return np.array(numbers, dtype=np.float64)
