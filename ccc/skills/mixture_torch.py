"""Mixtures evaluated outside of the state, in torch: differentiable in alpha, in P and in real data.

Each skill is a function whose value is what its block computes on the emulator, and whose derivative is what its
Jacobian code computes there, or what autograd through the Transformer gives (`derivative="engine"`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ccc.errors import SkillError, UsageError
from ccc.isa import Fault
from ccc.machine import Cells, Image
from ccc.skills.call import MAX_STEPS, Call
from ccc.skills.library import Library
from ccc.skills.mixture import LOCAL, NOTHING, NUMBER, TURNED, Mixture, Piece
from ccc.skills.mixture_tables import Tables, tables_of
from ccc.skills.model import Card
from ccc.trace import make_executor

DERIVATIVES = ("code", "engine")


class TorchMixture:
    """A mixture as a function of data, alpha and P. Tables that are given are those of the mixture where left out.

    derivative: `code` for Jacobian code, or autograd through the Transformer where a skill has none; `engine` for
    autograd always. A slot that is written while another one points to the same cells is evaluated as if the skill
    read everything before it writes.
    """

    def __init__(
        self, mixture: Mixture, library: Library, *, derivative: str = "code", tables: Tables | None = None
    ) -> None:
        """Raises SkillError where the mixture is soft and an integer skill has no real twin."""
        if derivative not in DERIVATIVES:
            raise UsageError(f"derivative {derivative!r}: it must be {' or '.join(DERIVATIVES)}")
        self.mixture, self.tables = mixture, tables if tables is not None else tables_of(mixture, library)
        self.skills = {
            name: _Skill(library, name, derivative) for name in dict.fromkeys(self.tables.kinds) if name != NOTHING
        }
        self.alphas = torch.from_numpy(self.tables.alphas.copy())
        self.weights = torch.from_numpy(self.tables.weights.copy())

    def __call__(
        self,
        data: Mapping[str, Tensor],
        alphas: Tensor | None = None,
        weights: Tensor | None = None,
        before: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """The outputs, by name, in their shapes. data: float64 tensors for the slots but the outputs. alphas: shape
        [T, K]; weights: P, shape [T, K, S, m]; entries of 0 are not run, and get no gradient. before: what the outputs
        hold at first, 0 unless told. Raises SkillError where a term faults, naming it.
        """
        run = _Run(self, data, before or {})
        run.compose(self.alphas if alphas is None else alphas, self.weights if weights is None else weights)
        return {piece.name: run.shaped(piece) for piece in self.mixture.slots if piece.role == "output"}


class _Run:
    """One evaluation: the pieces that may be written (the area) and the others, all flat."""

    def __init__(self, of: TorchMixture, data: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> None:
        self._mixture, self._tables, self._skills = of.mixture, of.tables, of.skills
        self._pieces = of.mixture.pieces
        self._sizes = _sizes(of.mixture, data, before)
        self._shapes = {piece.name: piece.shape.sizes(self._sizes) for piece in self._pieces}
        self._fixed: dict[str, Tensor] = {}
        self._area: dict[str, Tensor] = {}
        for piece in self._pieces:
            size = int(np.prod(self._shapes[piece.name]))
            if piece.role in ("output", LOCAL):
                start = before.get(piece.name)
                self._area[piece.name] = (
                    torch.zeros(size, dtype=torch.float64) if start is None else start.reshape(size)
                )
            elif piece.role == NUMBER:
                self._fixed[piece.name] = torch.tensor(piece.values, dtype=torch.float64)
            elif piece.role != TURNED:
                value = data.get(piece.name)
                if value is None:
                    value = torch.tensor(float(self._sizes[piece.name]), dtype=torch.float64)
                self._fixed[piece.name] = value.reshape(size)
        self._round = 0

    def shaped(self, piece: Piece) -> Tensor:
        return self._area[piece.name].reshape(self._shapes[piece.name])

    def compose(self, alphas: Tensor, weights: Tensor) -> None:
        """Equation (3)."""
        tables = self._tables
        rounds = tables.rounds if tables.count < 0 else int(self._cell(tables.count))
        while self._round < rounds:
            for t in range(len(alphas)):
                self._mix(t, alphas[t], weights[t])
            self._round += 1
            if tables.until >= 0 and self._cell(tables.until) <= 0:
                return

    def _cell(self, number: int, advance: int = 0) -> float:
        piece = self._pieces[number]
        return float(self._elements(piece, advance).detach()[0])

    def _mix(self, t: int, alphas: Tensor, weights: Tensor) -> None:
        """Equation (4)."""
        guard, advance = self._tables.guards[t]
        if guard >= 0 and self._cell(int(guard), int(advance)) > 0:
            return
        chosen = _chosen(alphas)
        if not chosen:
            return
        start = self._area
        sums: dict[str, Tensor] = {}
        for k in chosen:
            self._area = dict(start)
            self._term(t, k, weights[k])
            for name, cells in self._area.items():
                weighted = cells * alphas[k]
                sums[name] = sums[name] + weighted if name in sums else weighted
        self._area = sums

    def _term(self, t: int, k: int, weights: Tensor) -> None:
        """Equation (5)."""
        name = self._tables.kinds[k]
        if name == NOTHING:
            return
        skill, advances = self._skills[name], self._tables.advances[t, k]
        slots = skill.card.slots
        try:
            values = [self._load(weights[s], int(advances[s])) for s in range(len(slots))]
            results = skill(values)
        except SkillError as error:
            message = f"mixture '{self._mixture.name}', step {t + 1}, skill '{name}', round {self._round + 1}"
            raise SkillError(f"{message}: {error.message}", error.hint) from None
        written = [s for s, slot in enumerate(slots) if slot.role == "output"]
        for s, result in zip(written, results, strict=True):
            self._store(weights[s], int(advances[s]), result)

    def _load(self, row: Tensor, advance: int) -> Tensor:
        """What a slot points to: the mixture of the pieces' values."""
        found: Tensor | None = None
        for number in _chosen(row):
            value = self._elements(self._pieces[number], advance) * row[number]
            found = value if found is None else found + value
        if found is None:
            raise SkillError("a row of P is all zeros")
        return found

    def _store(self, row: Tensor, advance: int, result: Tensor) -> None:
        for number in _chosen(row):
            piece = self._pieces[number]
            name, where = self._where(piece, advance)
            if name not in self._area:
                raise SkillError(f"'{piece.name}' is not written by this mixture")
            old = self._area[name]
            new = old[where] * (1 - row[number]) + result * row[number]
            self._area[name] = old.index_put((where,), new)

    def _elements(self, piece: Piece, advance: int) -> Tensor:
        name, where = self._where(piece, advance)
        return (self._area[name] if name in self._area else self._fixed[name])[where]

    def _where(self, piece: Piece, advance: int) -> tuple[str, Tensor]:
        """The piece that holds the cells, and which of them: all, or a row where the slot advances."""
        shape = self._shapes[piece.name]
        places = np.arange(int(np.prod(shape)))
        if piece.role == TURNED:
            places = places.reshape(shape[::-1]).T.reshape(-1)
        if advance:
            columns = shape[1] if len(shape) == 2 else 1
            row = advance * self._round + (shape[0] - 1 if advance < 0 else 0)
            if not 0 <= row < shape[0]:
                raise SkillError(f"fault {Fault.ADDRESS.label}, as '{piece.name}' has {shape[0]} rows and no row {row}")
            places = places[row * columns : (row + 1) * columns]
        return piece.of or piece.name, torch.from_numpy(np.ascontiguousarray(places))


def _chosen(row: Tensor) -> list[int]:
    """The entries of a row of alpha or P that count: those that are not 0, or the one that is 1."""
    entries = row.tolist()
    return [entries.index(1.0)] if 1.0 in entries else [number for number, entry in enumerate(entries) if entry != 0]


def _sizes(mixture: Mixture, data: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> dict[str, int]:
    """The dimensions: the values of constants, or what the shapes of data say."""
    found: dict[str, int] = {}
    for piece in mixture.slots:
        value = data[piece.name] if piece.name in data else before.get(piece.name)
        if value is None:
            continue
        if piece.role == "constant" and value.numel() == 1:
            found[piece.name] = int(value)
        if value.ndim == len(piece.shape.dimensions):
            for part, size in zip(piece.shape.dimensions, value.shape, strict=True):
                if isinstance(part, str):
                    found.setdefault(part, size)
    for piece in mixture.slots:
        for part in piece.shape.dimensions:
            if isinstance(part, str) and part not in found:
                raise SkillError(f"mixture '{mixture.name}': nothing says what '{part}' is")
        if piece.role not in ("output", "constant") and piece.name not in data:
            raise SkillError(f"mixture '{mixture.name}': no value for '{piece.name}'")
    return found


class _Skill:
    """A skill as a differentiable function of the flat values of its slots."""

    def __init__(self, library: Library, name: str, derivative: str) -> None:
        self.skill = library.find(name)
        self.card: Card = self.skill.card
        reads_outputs = any(example.before for example in self.card.examples)
        # Jacobian code has no columns for what an output held before: where that counts, autograd has to say.
        self.by_code = derivative == "code" and self.card.differentiable and not reads_outputs
        self._calls: dict[tuple[bool, tuple[int, ...]], Call] = {}

    def __call__(self, values: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """values: shape [elements], for each slot, outputs as they are before. The outputs, flat."""
        results: tuple[Tensor, ...] = _Function.apply(self, *values)  # type: ignore[no-untyped-call]
        return results

    def call(self, arrays: Sequence[Cells], *, jacobian: bool) -> tuple[Call, dict[str, Cells]]:
        """The call for data of these sizes, and the data in the shapes of the slots."""
        flat = {slot.name: array for slot, array in zip(self.card.slots, arrays, strict=True)}
        sizes = {name: int(flat[name][0]) for name in self.card.dimensions}
        shaped = {slot.name: flat[slot.name].reshape(slot.shape.sizes(sizes)) for slot in self.card.slots}
        key = jacobian, tuple(sizes.values())
        if key not in self._calls:
            self._calls[key] = Call(self.skill, sizes, jacobian=jacobian)
        return self._calls[key], shaped

    def forward(self, arrays: Sequence[Cells]) -> list[Cells]:
        call, values = self.call(arrays, jacobian=False)
        outputs = _run(call, values)[0]
        return [outputs[slot.name].reshape(-1) for slot in self.card.outputs]

    def jacobian(self, arrays: Sequence[Cells]) -> tuple[Cells, list[int]]:
        """dy/dv, shape [elements of the real outputs, elements of the slots in the list], and these slots."""
        if self.by_code:
            call, values = self.call(arrays, jacobian=True)
            matrix = _run(call, values)[1]
            assert matrix is not None
            columns = self.card.column_slots()
            return matrix, [self.card.slots.index(slot) for slot in columns]
        return self._by_engine(arrays)

    def _by_engine(self, arrays: Sequence[Cells]) -> tuple[Cells, list[int]]:
        from ccc.neural import gradient

        call, values = self.call(arrays, jacobian=False)
        image = _image(call, values, self.card)
        moving = [s for s, slot in enumerate(self.card.slots) if slot.type == "real" and slot.role != "constant"]
        sources = [call.addresses[self.card.slots[s].name] + i for s in moving for i in range(arrays[s].size)]
        targets = [
            call.addresses[slot.name] + i
            for slot in self.card.row_slots()
            for i in range(int(np.prod(values[slot.name].shape)))
        ]
        return gradient(
            image, of=targets, wrt=sources, advance=lambda: make_executor("emulator", image)
        ).jacobian, moving


def _image(call: Call, values: Mapping[str, Cells], card: Card) -> Image:
    outputs = {slot.name for slot in card.outputs}
    given = {name: value for name, value in values.items() if name not in outputs}
    return call.image(given, {name: values[name] for name in outputs})


def _run(call: Call, values: Mapping[str, Cells]) -> tuple[dict[str, Cells], Cells | None]:
    image = _image(call, values, call.card)
    emulator = make_executor("emulator", image)
    emulator.start(image, ())
    steps = emulator.run(MAX_STEPS)
    result = call.result(emulator.state(), steps)
    if result.fault is not Fault.NONE:
        raise SkillError(f"fault {result.fault.label}")
    return result.outputs, result.jacobian


class _Function(torch.autograd.Function):
    """apply(skill, value, ...) -> outputs."""

    @staticmethod
    def forward(ctx: Any, skill: _Skill, *values: Tensor) -> tuple[Tensor, ...]:
        arrays = [value.detach().numpy() + 0.0 for value in values]
        ctx.skill, ctx.arrays = skill, arrays
        return tuple(torch.from_numpy(output.copy()) for output in skill.forward(arrays))

    @staticmethod
    def backward(ctx: Any, *adjoints: Tensor) -> tuple[Tensor | None, ...]:
        card: Card = ctx.skill.card
        matrix, places = ctx.skill.jacobian(ctx.arrays)
        rows = [adjoint for slot, adjoint in zip(card.outputs, adjoints, strict=True) if slot.differentiable]
        found: list[Tensor | None] = [None] * len(card.slots)
        if rows:
            pulled = torch.cat(rows) @ torch.from_numpy(matrix)
            sizes = [ctx.arrays[s].size for s in places]
            for s, part in zip(places, torch.split(pulled, sizes), strict=True):
                found[s] = part
        return (None, *found)
