"""The methods `kernel` and `network`: programs that sort a fixed number of integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from ccc.errors import CccError, UsageError
from ccc.learn.model import Budget, Found, Problem, Report
from ccc.learn.sorting.kernel import METHOD as KERNEL
from ccc.learn.sorting.kernel import kernels
from ccc.learn.sorting.mixtures import (
    EXCHANGE_ATOMS,
    KERNEL_ATOMS,
    NETWORK_ATOMS,
    VECTOR_ATOMS,
    Values,
    kernel_mixtures,
    network_mixtures,
    values_of,
)
from ccc.learn.sorting.network import METHOD as NETWORK
from ccc.learn.sorting.network import networks
from ccc.skills import Library, call_batch
from ccc.skills.mixture import Mixture
from ccc.skills.model import Card, Type

_PAIRS = tuple(product((-2, 0, 3), repeat=2))
"""What a skill is tried on before it is taken for one that exchanges."""

Run = Callable[[Sequence[int]], list[int]]


class KernelSearcher:
    """The shortest kernel of `mov`, `cmp`, `cmovl` and `cmovg`, with so many scratch registers.

    The seed is not used: there is nothing random in the search. Lengths count core instructions of that set.
    """

    name = KERNEL

    def __init__(self, scratch: int = 1) -> None:
        self._scratch = scratch

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`: shorter and shorter kernels; after Ctrl-C the best by then, before KeyboardInterrupt is
        raised. Raises UsageError where the slots are not those of a sort, a part that kernels are written with may not
        be used, or there are too many values.
        """
        values = _values(problem, self.name)
        _check_parts(problem, values, KERNEL_ATOMS, self.name)
        last = None
        for found in kernels(values.size, self._scratch, budget, report):
            if found.kernel != last:
                last = found.kernel
                mixtures = kernel_mixtures(last, problem.card, values)
                yield _found(problem, values, mixtures, last.run, self.name, found.candidates)


class NetworkSearcher:
    """The smallest sorting network, over a part that exchanges two numbers if there is one, else over min and max.

    The seed is not used: there is nothing random in the search.
    """

    name = NETWORK

    def search(self, problem: Problem, budget: Budget, seed: int, report: Report) -> Iterator[Found]:
        """As `Searcher.search`: smaller and smaller networks; after Ctrl-C the best by then, before KeyboardInterrupt
        is raised. Raises UsageError where the slots are not those of a sort, a part that networks are written with may
        not be used, or there are too many values.
        """
        values = _values(problem, self.name)
        exchange = _exchange(problem)
        _check_parts(problem, values, (*NETWORK_ATOMS, *(() if exchange else EXCHANGE_ATOMS)), self.name)
        last = None
        for found in networks(values.size, budget, report):
            if found.network != last:
                last = found.network
                mixtures = network_mixtures(last, problem.card, values, exchange)
                yield _found(problem, values, mixtures, last.run, self.name, found.candidates)


def _values(problem: Problem, method: str) -> Values:
    """What is sorted. Raises UsageError where the slots are not those of a sort."""
    values = values_of(problem.card)
    if values is None:
        hint = "as many integer inputs as outputs, or one vector of a fixed size in and one out"
        raise UsageError(f"method '{method}' only sorts, and '{problem.card.name}' has other slots than a sort", hint)
    return values


def _check_parts(problem: Problem, values: Values, atoms: Sequence[str], method: str) -> None:
    """Raises UsageError where a part that programs are written with may not be used."""
    needed = {*atoms, *(VECTOR_ATOMS if values.vector else ())}
    if missing := sorted(needed - set(problem.parts)):
        raise UsageError(f"method '{method}' needs parts that may not be used here: {', '.join(missing)}")


def _found(
    problem: Problem, values: Values, mixtures: tuple[Mixture, ...], run: Run, method: str, candidates: int
) -> Found:
    """What is given back: `right` as a run of the kernel or network itself on the cases has it."""
    right = total = 0
    for case in problem.cases:
        given = np.concatenate([np.ravel(case.given[name]) for name in values.inputs])
        wanted = np.concatenate([np.ravel(case.expected[name]) for name in values.outputs])
        right += int(np.count_nonzero(np.array(run([int(value) for value in given])) == wanted))
        total += len(wanted)
    return Found(mixtures, method, candidates, right / total if total else 1.0)


def _exchange(problem: Problem) -> tuple[str, ...]:
    """A part that puts out the smaller and the larger of two integers, and its slots; empty where there is none."""
    for name in problem.parts:
        card = problem.library.card(name)
        slots = card.slots
        if [slot.role for slot in slots] != ["input", "input", "output", "output"]:
            continue
        if any(slot.type is not Type.INT or slot.shape.dimensions for slot in slots):
            continue
        if _exchanges(problem.library, card, problem.width):
            return name, *(slot.name for slot in slots)
    return ()


def _exchanges(library: Library, card: Card, width: int) -> bool:
    """Whether a skill puts out the smaller, then the larger, of some pairs of integers."""
    (a, b), (low, high) = ((slot.name for slot in part) for part in (card.inputs, card.outputs))
    calls = [{a: x, b: y} for x, y in _PAIRS]
    try:
        results = call_batch(library, card.name, calls, width=width)
    except CccError:
        return False
    return all(
        not result.fault and (result.outputs[low].item(), result.outputs[high].item()) == (min(pair), max(pair))
        for result, pair in zip(results, _PAIRS, strict=True)
    )
