"""The skills of a problem as operations: what they read and give, and how the search evaluates them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ccc.errors import CardError, CccError
from ccc.learn.model import Place, Problem
from ccc.learn.search import vm
from ccc.learn.search.checking import kernel_of
from ccc.learn.search.codes import CannotRunError, Codes
from ccc.learn.search.flat import FLAT, ROWS
from ccc.learn.search.flatten import Atom
from ccc.learn.search.kernels import COMMUTATIVE, MOST_ARGUMENTS, READS_OUTPUT, Kernel
from ccc.learn.search.remembered import remembered
from ccc.learn.search.vm import VM
from ccc.machine import Cells, same_bits
from ccc.skills import Card, Mixture, Slot, Type

_RANKS = {Type.BIT: 0, Type.INT: 1, Type.REAL: 2}
_PLAN_STEPS = 1 << 12
"""Steps that a learnt skill may take as a part of a candidate."""
_TRIES = 24
_START = 2
"""How long a flat plan takes before its first row."""
_MANY = 32
"""Steps above which a plan costs one more: what takes longer is tried later (as in Levin's search)."""


def rank(kind: Type) -> int:
    """A slot may point to a piece of a type of no higher rank than its own."""
    return _RANKS[kind]


@dataclass(frozen=True, eq=False)
class Op:
    """One output of a skill as a function. arguments: the slots that it reads, in the order of the frame, among them
    outputs whose old value counts. kernel: the number of its native code on single cells, or NONE. entry: where the
    code of its mixture stands, or -1. slowness: how long it takes, compared with a kernel.
    """

    card: Card
    result: Slot
    arguments: tuple[Slot, ...]
    kernel: int = Kernel.NONE
    commutative: bool = False
    cost: int = 1
    entry: int = -1
    slowness: int = 1

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def scalar(self) -> bool:
        """Whether all slots are single cells."""
        return not any(slot.shape.dimensions for slot in self.card.slots)

    @cached_property
    def copies(self) -> bool:
        """Whether it gives its one argument, besides sizes, as it is: so in all tests of the card."""
        values = [slot for slot in self.arguments if slot.name not in self.card.dimensions]
        if len(values) != 1 or values[0].shape != self.result.shape or values[0].role == "output":
            return False
        tests = [example for example in self.card.examples if example.fault is None]
        some = any(np.unique(example.given[values[0].name]).size > 2 for example in tests)
        return some and all(same_bits(test.given[values[0].name], test.expected[self.result.name]) for test in tests)

    @property
    def in_place(self) -> tuple[Slot, ...]:
        """The outputs whose old value is an argument."""
        return tuple(slot for slot in self.arguments if slot.role == "output")

    def __str__(self) -> str:
        return f"{self.name}({', '.join(slot.name for slot in self.arguments)}).{self.result.name}"


class Ops:
    """The operations of a problem, and the native code of its mixtures."""

    def __init__(self, problem: Problem) -> None:
        """Raises what `Library.card` does of a part whose card is no good; CardError where the spec asks by name for
        one that a search cannot run.
        """
        self.problem, self.library, self.width = problem, problem.library, problem.width
        self._mixtures: dict[str, Mixture | None] = {}
        self._kernels: dict[str, Kernel] = {}
        self.codes = Codes(self.resolve, problem.width)
        self.low, self.high = self.codes.low, self.codes.high
        self._plans: list[int] = []
        ops = [op for name in problem.parts for op in self._ops(name)]
        idle = {op.name for op in ops if op.kernel == Kernel.NONE and op.entry < 0} & set(problem.named)
        if idle:
            hint = (
                "it needs a mixture, as learnt skills have: NAME.mixture beside its source, which does what tests say"
            )
            message = "skill '{}', which `use` names, cannot be a part of what is searched for"
            here = Place(problem.card.span)
            raise CardError(
                [problem.places.get(name, here).mistake(message.format(name), hint) for name in sorted(idle)]
            )
        self.codes.place_plans(self._plans)
        self.all = tuple(self._timed(ops))

    @cached_property
    def scalar(self) -> tuple[Op, ...]:
        """Those that are native code on single cells, without copies and constants, and whose results are of use."""
        found = [op for op in self.all if op.kernel != Kernel.NONE and op.kernel != Kernel.MOV and op.arguments]
        return tuple(op for op in found if rank(op.result.type) <= self._highest(found))

    def narrowed(self, problem: Problem) -> Ops:
        """The operations of the same problem with fewer parts, with the same native code."""
        found = copy(self)
        for name in ("scalar", "constants", "general"):
            found.__dict__.pop(name, None)
        found.problem, parts = problem, frozenset(problem.parts)
        found.all = tuple(op for op in self.all if op.name in parts)
        return found

    def _highest(self, ops: list[Op]) -> int:
        """The highest type that an output has, or an argument of what leads to one."""
        highest, before = max((rank(slot.type) for slot in self.problem.card.outputs), default=0), -1
        while before != highest:
            before = highest
            useful = [op for op in ops if rank(op.result.type) <= highest]
            highest = max([highest, *(rank(slot.type) for op in useful for slot in op.arguments)])
        return highest

    @cached_property
    def constants(self) -> tuple[tuple[Op, float], ...]:
        """Those that take nothing, with what they give."""
        constants = (op for op in self.all if not op.arguments and op.kernel in (Kernel.ZERO, Kernel.ONE))
        return tuple((op, float(op.kernel == Kernel.ONE)) for op in constants)

    @cached_property
    def general(self) -> tuple[Op, ...]:
        """Those on vectors or matrices, and those without native code."""
        return tuple(op for op in self.all if op.kernel == Kernel.NONE and op.arguments)

    def _timed(self, ops: list[Op]) -> Iterator[Op]:
        """How long the plans take on average, in steps on numbers of the cases; what loops costs more besides."""
        code, rng = self.codes.code, np.random.default_rng(0)
        memory, stack = self.codes.workspace()
        numbers = [value.reshape(-1)[:8] for case in self.problem.cases[:16] for value in case.given.values()]
        pool = np.concatenate([np.array(self.problem.numbers or (0.0,)), *numbers])
        with np.errstate(over="ignore"):
            squares = pool * pool
        pool = np.concatenate([pool, squares[np.isfinite(squares)]])  # values on the way are larger
        for op in ops:
            if op.kernel < VM:  # an atom
                yield op
                continue
            if op.kernel >= FLAT:  # a straight line takes as long as it has rows
                yield replace(op, slowness=_START + int(code[op.kernel - FLAT + ROWS]))
                continue
            drawn = rng.choice(pool, (_TRIES, MOST_ARGUMENTS))
            steps = [vm.steps_of(code, op.kernel, row, stack, memory, self.low, self.high) for row in drawn]
            mean = float(np.mean(steps))
            yield replace(op, slowness=vm.CALL_WORK + int(vm.STEP_WORK * mean), cost=op.cost + int(mean > _MANY))

    # Skills

    def resolve(self, name: str) -> Atom | Mixture | None:
        """The native code of a skill: a kernel, or the mixture that it was learnt as."""
        kernel = self.kernel(name)
        if kernel is not Kernel.NONE:
            return kernel, tuple(slot.name for slot in self.library.card(name).slots)
        return self.mixture(name)

    def kernel(self, name: str) -> Kernel:
        if name not in self._kernels:
            self._kernels[name] = kernel_of(self.library, name, self.width)
        return self._kernels[name]

    def mixture(self, name: str) -> Mixture | None:
        """The mixture that a skill was learnt as, if it has one that does what its card's tests say."""
        if name not in self._mixtures:
            self._mixtures[name] = None  # a skill that rests on itself has no native code
            with suppress(CccError):  # it cannot be read
                self._mixtures[name] = remembered(
                    self.library, name, ("mixture", self.width), lambda: self._tested(name)
                )
        return self._mixtures[name]

    def _tested(self, name: str) -> Mixture | None:
        """The mixture that a skill was learnt as, or None where there is none, or one that does something else."""
        found = self.library.find(name).mixture
        return found if found is not None and self._does_what_it_says(found, name) else None

    def _does_what_it_says(self, mixture: Mixture, name: str) -> bool:
        card = self.library.card(name)
        if tuple((piece.name, piece.role) for piece in mixture.slots) != tuple((s.name, s.role) for s in card.slots):
            return False
        try:
            self.codes.entry(mixture)
            for example in card.examples:
                if example.fault is not None or example.width != self.width:
                    continue
                before = {n: example.before.get(n, np.zeros_like(v)) for n, v in example.expected.items()}
                found = self.codes.run(mixture, example.given, before)
                if found is None or any(not same_bits(found[n], v) for n, v in example.expected.items()):
                    return False
        except CannotRunError:
            return False
        return True

    # Operations

    def _ops(self, name: str) -> Iterator[Op]:
        card = self.library.card(name)
        if not card.outputs or card.width not in (None, self.width):
            return
        kernel = self.kernel(name)
        read = self._read_outputs(card, kernel)
        arguments = tuple(slot for slot in card.slots if slot.role != "output" or slot.name in read)
        scalar = not any(slot.shape.dimensions for slot in card.slots)
        cost = 1 + len(read)  # a copy for each old value
        mixture = self.mixture(name) if kernel is Kernel.NONE else None
        entry = self.codes.entry(mixture) if mixture is not None else -1
        for result in card.outputs:
            number = int(kernel)
            if kernel is Kernel.NONE and scalar and len(arguments) <= MOST_ARGUMENTS:
                number = self._plan(name, result, arguments)
            yield Op(card, result, arguments, number, kernel in COMMUTATIVE, cost, entry)

    def _plan(self, name: str, result: Slot, arguments: tuple[Slot, ...]) -> int:
        mixture = self.mixture(name)
        if mixture is None:
            return Kernel.NONE
        plan = self.codes.plan(mixture, result.name, [slot.name for slot in arguments], _PLAN_STEPS)
        self._plans.append(plan)
        return plan

    def _read_outputs(self, card: Card, kernel: Kernel) -> set[str]:
        """The outputs whose old value counts."""
        if kernel is not Kernel.NONE:
            return {card.outputs[0].name} if kernel in READS_OUTPUT else set()
        read = {name for example in card.examples for name in example.before}
        mixture = self.mixture(card.name)
        if mixture is None:
            return read
        what = ("read", self.width)
        return read | remembered(self.library, card.name, what, lambda: self._read_by_mixture(card, mixture))

    def _read_by_mixture(self, card: Card, mixture: Mixture) -> set[str]:
        """Tried out: whether other old values of an output make a difference."""
        rng = np.random.default_rng(0)
        read: set[str] = set()
        cases = [example for example in card.examples if example.fault is None and example.width == self.width]
        for number in range(_TRIES if cases else 0):
            example = cases[number % len(cases)]
            for slot in card.outputs:
                sizes = {name: value.shape for name, value in example.expected.items()}
                before = {name: _bits(rng, shape, random=name == slot.name) for name, shape in sizes.items()}
                zeros = {name: np.zeros_like(value) for name, value in example.expected.items()}
                found, other = (self.codes.run(mixture, example.given, start) for start in (zeros, before))
                if _differ(found, other):
                    read.add(slot.name)
        return read


def _bits(rng: np.random.Generator, shape: tuple[int, ...], *, random: bool) -> Cells:
    """Random bits, or zeros."""
    return rng.integers(0, int(random), shape, endpoint=True).astype(np.float64)


def _differ(one: Mapping[str, Cells] | None, other: Mapping[str, Cells] | None) -> bool:
    if one is None or other is None:
        return one is not other
    return any(not same_bits(one[name], other[name]) for name in one)
