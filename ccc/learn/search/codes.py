"""Hard mixtures written as the code that `ccc.learn.search.vm` runs, and run on data from Python."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ccc.learn.search import flat, vm
from ccc.learn.search.flatten import Flat, NotFlatError, Resolve
from ccc.learn.search.kernels import Ints
from ccc.machine import Cells, word_range
from ccc.skills import Mixture
from ccc.skills.mixture import LOCAL, NOTHING, NUMBER, TURNED, Choice, Piece, Step

MOST_STEPS = 1 << 22
"""Steps of mixtures that one evaluation may take."""
MOST_CELLS = 1 << 20
_STACK = 1 << 12
_PLAN_CELLS, _PLAN_STACK = 1 << 14, 1 << 11
"""What plans get, which call mixtures of single cells."""
_ROLES = {LOCAL: vm.LOCAL, NUMBER: vm.NUMBER, TURNED: vm.TURNED}


class CannotRunError(Exception):
    """A mixture that native code cannot run: it uses a skill that is neither a kernel nor a mixture."""


class Codes:
    """The code of several mixtures. Memory begins with their numbers."""

    def __init__(self, resolve: Resolve, width: int) -> None:
        self._resolve, self._width = resolve, width
        self._code: list[int] = []
        self._array: Ints | None = None
        self._numbers: list[float] = []
        self._entries: dict[str, tuple[Mixture, int]] = {}
        self.low, self.high = map(float, word_range(width))

    @property
    def code(self) -> Ints:
        if self._array is None or len(self._array) != max(len(self._code), 1):
            self._array = np.array(self._code or [0], dtype=np.int64)
        return self._array

    @property
    def top(self) -> int:
        """The first cell of memory behind the numbers."""
        return len(self._numbers)

    def memory(self, cells: int = MOST_CELLS) -> Cells:
        """Memory for runs, with the numbers in it."""
        found = np.zeros(len(self._numbers) + cells)
        found[: len(self._numbers)] = self._numbers
        return found

    def workspace(self, cells: int = _PLAN_CELLS) -> tuple[Cells, Ints]:
        """Memory, with the numbers in it, and a stack: what plans are run with."""
        return self.memory(cells), np.zeros(_PLAN_STACK, dtype=np.int64)

    def entry(self, mixture: Mixture) -> int:
        """Where the code of a mixture begins, written when it is first asked for. Raises CannotRunError."""
        known = self._entries.get(mixture.name)
        if known is not None and known[0] == mixture:
            return known[1]
        at = self._write(mixture)
        self._entries[mixture.name] = mixture, at
        return at

    def plan(self, mixture: Mixture, result: str, arguments: list[str], steps: int) -> int:
        """The number of a kernel that calls a mixture of single cells. arguments: the slots that get the arguments.
        steps: that it may take. Raises CannotRunError.
        """
        try:
            return self._flat(Flat(mixture, self._resolve), result, arguments)
        except NotFlatError:
            entry = self.entry(mixture)
        slots = [piece.name for piece in mixture.slots]
        at = len(self._code)
        places = [arguments.index(name) if name in arguments else -1 for name in slots]
        self._code += [entry, len(slots), slots.index(result), steps, -1, *places]
        return vm.VM + at

    def place_plans(self, plans: list[int]) -> None:
        """Tell the plans where memory is free, once all numbers are known."""
        for plan in plans:
            at = plan - flat.FLAT + flat.FREE if plan >= flat.FLAT else plan - vm.VM + 4
            self._code[at] = self.top
        self._array = None

    def _flat(self, rows: Flat, result: str, arguments: list[str]) -> int:
        """As `plan`."""
        at = len(self._code)
        begins = []
        for begin in rows.begins:
            if begin is None or isinstance(begin, str):
                begins.append(arguments.index(begin) if begin in arguments else -1)
            else:
                begins.append(flat.ARGUMENTS + len(self._numbers))
                self._numbers.append(begin)
        self._code += [len(rows.rows), len(begins), rows.registers[result], -1, *begins]
        for row in rows.rows:
            self._code += row
        return flat.FLAT + at

    def _write(self, mixture: Mixture) -> int:
        targets = [self._target(step) for step in mixture.steps]
        at = len(self._code)
        names = [piece.name for piece in mixture.slots]
        names += [piece.name for piece in mixture.pieces if piece.name not in names]
        by_name = {piece.name: piece for piece in mixture.pieces}
        count = names.index(mixture.count) if isinstance(mixture.count, str) else -1
        rounds = 0 if isinstance(mixture.count, str) else mixture.count
        until = names.index(mixture.until) if mixture.until else -1
        steps_at = at + vm.HEADER + vm.PIECE * len(names)
        self._code += [len(names), len(mixture.slots), count, rounds, until, len(mixture.steps), steps_at]
        for name in names:
            self._code += self._piece(by_name[name], names)
        for step, (kind, target, slots) in zip(mixture.steps, targets, strict=True):
            self._code += self._step(step, kind, target, slots, names)
        return at

    def _piece(self, piece: Piece, names: list[str]) -> list[int]:
        extra = 0
        if piece.role == NUMBER:
            extra = len(self._numbers)
            self._numbers += piece.values
        elif piece.role == TURNED:
            extra = names.index(piece.of)
        sizes: list[int] = []
        for part in (*piece.shape.dimensions, 1, 1)[:2]:
            sizes += [1, names.index(part)] if isinstance(part, str) else [0, part]
        return [_ROLES.get(piece.role, vm.SLOT), extra, *sizes]

    def _target(self, step: Step) -> tuple[int, int, list[str]]:
        """What a step runs: its kind, the number of the kernel or the place of the code, and the slots in order."""
        if not step.hard:
            raise CannotRunError(f"{step} is soft")
        name = step.term.skill
        if name == NOTHING:
            return vm.NOTHING, 0, []
        found = self._resolve(name)
        if isinstance(found, Mixture):
            slots = [piece.name for piece in found.slots]
            if len(slots) > vm.MOST_SLOTS:
                raise CannotRunError(f"'{name}' has {len(slots)} slots")
            return vm.CALL, self.entry(found), slots
        if found is None:
            raise CannotRunError(f"'{name}' has no native code")
        kernel, order = found
        return vm.ATOM, int(kernel), list(order)

    @staticmethod
    def _step(step: Step, kind: int, target: int, slots: list[str], names: list[str]) -> list[int]:
        guard = step.guard
        found = [kind, target, names.index(guard.piece) if guard else -1, guard.advance if guard else 0, len(slots)]
        choices: list[Choice] = [step.term.slots[slot] for slot in slots]
        for choice in choices:
            found += [names.index(choice.piece), choice.advance]
        return found + [0] * (vm.STEP - len(found))

    # Running

    def run(self, mixture: Mixture, given: Mapping[str, Cells], before: Mapping[str, Cells]) -> dict[str, Cells] | None:
        """What the outputs hold after a call, or None after a fault or too many steps. before: of every output, which
        says its shape. Raises CannotRunError.
        """
        entry, code = self.entry(mixture), self.code
        values = {
            piece.name: before[piece.name] if piece.role == "output" else given[piece.name] for piece in mixture.slots
        }
        size = sum(value.size for value in values.values())
        memory, stack = self.memory(2 * size + _room(mixture, given) + _SPARE), np.zeros(_STACK, dtype=np.int64)
        at, places = self.top, {}
        for number, (name, value) in enumerate(values.items()):
            memory[at : at + value.size] = value.reshape(-1)
            stack[2 * number], stack[2 * number + 1] = at, 1
            places[name] = at
            at += value.size
        fuel = np.array([MOST_STEPS])
        status = vm.run(code, entry, stack, 0, 2 * len(values), memory, at, fuel, self.low, self.high)
        if status != vm.DONE:
            return None
        return {
            name: memory[places[name] : places[name] + value.size].reshape(value.shape).copy()
            for name, value in before.items()
        }


_SPARE = 1 << 12


def _room(mixture: Mixture, given: Mapping[str, Cells]) -> int:
    """Cells for the locals of a mixture and, several times over, of those that it calls."""
    largest = max((value.size for value in given.values()), default=1)
    locals_ = sum(1 for piece in mixture.pieces if piece.role == LOCAL)
    return min(MOST_CELLS, (8 + locals_) * largest)
