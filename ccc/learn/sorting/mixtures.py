"""Kernels and networks as hard mixtures over the atoms of a library: programs as those of any other search.

A vector's elements go into cells of the mixture's own, one call of `NAME_element` each, and back by `NAME_place`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccc.learn.sorting.instructions import Kernel, Op
from ccc.learn.sorting.network import Network
from ccc.skills.mixture import LOCAL, NUMBER, Choice, Mixture, Piece, Step, Term
from ccc.skills.model import Card, Kind, Shape, Type

KERNEL_ATOMS = ("mov", "cmov_le")
NETWORK_ATOMS = ("mov",)
EXCHANGE_ATOMS = ("min", "max")
VECTOR_ATOMS = ("mov", "xor", "inc")


@dataclass(frozen=True, slots=True)
class Values:
    """The slots of a card that could be those of a sort of a fixed number of integers: `size` scalars in and out, or
    one vector of that size in and one out.
    """

    size: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def vector(self) -> bool:
        """Whether the values are the elements of one vector."""
        return len(self.inputs) < self.size or self.size == 0


def values_of(card: Card) -> Values | None:
    """What a card has to sort, or None where its slots are of another kind."""
    slots = (*card.inputs, *card.outputs)
    if len(slots) != len(card.slots) or not card.inputs or any(slot.type is not Type.INT for slot in slots):
        return None
    inputs, outputs = ([slot.name for slot in part] for part in (card.inputs, card.outputs))
    shapes = {slot.shape.dimensions for slot in slots}
    if len(shapes) != 1 or len(inputs) != len(outputs):
        return None
    (shape,) = shapes
    if not shape:
        return Values(len(inputs), tuple(inputs), tuple(outputs))
    if len(inputs) == 1 and len(shape) == 1 and isinstance(shape[0], int) and shape[0] > 1:
        return Values(shape[0], tuple(inputs), tuple(outputs))
    return None


def kernel_mixtures(kernel: Kernel, card: Card, values: Values) -> tuple[Mixture, ...]:
    """The kernel as the skill of `card`, after the helpers that it calls.

    `cmp` becomes a copy of 0 and a `cmov_le` of 1 for each flag that is read: `at_least` of b <= a, `at_most` of
    a <= b. A `cmovl` is a `mov` guarded by `at_least`, which runs where that is 0; a `cmovg` one guarded by `at_most`.
    """
    writer = _Writer(card, values)
    registers = [writer.local(f"r{index + 1}") for index in range(kernel.size + kernel.scratch)]
    writer.load(registers[: kernel.size])
    flags = {Op.CMOVL: "at_least", Op.CMOVG: "at_most"}
    for at, each in enumerate(kernel.instructions):
        a, b = registers[each.a], registers[each.b]
        if each.op is Op.CMP:
            read = _flags_read(kernel, at)
            for op, x, y in ((Op.CMOVL, b, a), (Op.CMOVG, a, b)):
                if op in read:
                    flag = writer.local(flags[op])
                    writer.step("mov", x=writer.number(0), y=flag)
                    writer.step("cmov_le", a=x, b=y, x=writer.number(1), y=flag)
        else:
            guard = "" if each.op is Op.MOV else writer.local(flags[each.op])
            writer.step("mov", guard, x=b, y=a)
    writer.store(registers[: kernel.size])
    return writer.mixtures()


def network_mixtures(network: Network, card: Card, values: Values, exchange: Sequence[str] = ()) -> tuple[Mixture, ...]:
    """The network as the skill of `card`, after the helpers that it calls.

    exchange: a skill of the library that puts out the smaller and the larger of two numbers, and the names of its
    slots; without one, min and max are called.
    """
    writer = _Writer(card, values)
    channels = writer.loaded([f"c{index + 1}" for index in range(network.channels)])
    spare: list[str] = []
    for low, high in network.comparators:
        read = [channels[low], channels[high]]
        while len(spare) < len(read):
            spare.append(writer.fresh("t"))
        written = [spare.pop(0), spare.pop(0)]
        if exchange:
            skill, *slots = exchange
            writer.step(skill, **dict(zip(slots, (*read, *written), strict=True)))
        else:
            for skill, to in zip(("min", "max"), written, strict=True):
                writer.step(skill, a=read[0], b=read[1], y=to)
        # Cells that were read are free from now on, so that no call writes what it still has to read.
        spare += [cell for cell in read if writer.writable(cell)]
        channels[low], channels[high] = written
    writer.store(channels)
    return writer.mixtures()


def _flags_read(kernel: Kernel, at: int) -> set[Op]:
    """The conditional moves that read the flags of the compare at `at`."""
    read: set[Op] = set()
    for each in kernel.instructions[at + 1 :]:
        if each.op is Op.CMP:
            break
        read.add(each.op)
    return read


class _Writer:
    """Writes the mixture of a card step by step, and the helpers that it needs."""

    def __init__(self, card: Card, values: Values) -> None:
        self._card, self._values = card, values
        slots = (Piece(slot.name, slot.role, slot.type, slot.shape) for slot in card.slots)
        self._pieces = {piece.name: piece for piece in slots}
        self._names: dict[str, str] = {}
        self._steps: list[Step] = []
        self._helpers: dict[str, Mixture] = {}

    def local(self, name: str) -> str:
        """A cell of the mixture's own, made when first asked for."""
        return self._piece(Piece(name, LOCAL, Type.INT))

    def number(self, value: int) -> str:
        """A piece that holds a number."""
        return self._piece(Piece(f"number_{value}", NUMBER, Type.INT, values=(float(value),)))

    def step(self, skill: str, guard: str = "", /, **slots: str) -> None:
        self._steps.append(_step(skill, guard, **slots))

    def fresh(self, stem: str) -> str:
        """Another cell of the mixture's own."""
        return self.local(f"{stem}{sum(piece.role == LOCAL for piece in self._pieces.values()) + 1}")

    def writable(self, name: str) -> bool:
        """Whether a piece is a cell of the mixture's own."""
        return self._pieces[name].role == LOCAL

    def loaded(self, names: Sequence[str]) -> list[str]:
        """Pieces that hold the values that come in: the slots themselves, or cells called `names` with the elements."""
        if not self._values.vector:
            return list(self._values.inputs)
        cells = [self.local(name) for name in names]
        self.load(cells)
        return cells

    def load(self, cells: Sequence[str]) -> None:
        """Copy the values that come in to `cells`."""
        if not self._values.vector:
            for name, cell in zip(self._values.inputs, cells, strict=True):
                self.step("mov", x=name, y=cell)
            return
        (name,) = self._values.inputs
        for index, cell in enumerate(cells):
            self.step(self._element(), x=name, i=self.number(index), v=cell, n=self.number(len(cells)))

    def store(self, cells: Sequence[str]) -> None:
        """Copy `cells` to the values that go out."""
        if not self._values.vector:
            for name, cell in zip(self._values.outputs, cells, strict=True):
                self.step("mov", x=cell, y=name)
            return
        (name,) = self._values.outputs
        for index, cell in enumerate(cells):
            self.step(self._place(), v=cell, i=self.number(index), y=name, n=self.number(len(cells)))

    def mixtures(self) -> tuple[Mixture, ...]:
        """The helpers, then the mixture of the card."""
        card = self._card
        pieces = tuple(self._pieces.values())
        return *self._helpers.values(), Mixture(card.name, card.kind, card.description, pieces, tuple(self._steps))

    def _piece(self, piece: Piece) -> str:
        if piece.name not in self._names:
            name = piece.name
            while name in self._pieces:
                name += "_"
            self._names[piece.name] = name
            self._pieces[name] = Piece(name, piece.role, piece.type, piece.shape, piece.values)
        return self._names[piece.name]

    def _element(self) -> str:
        """v <- x[i]: the step that copies runs where i xor the number of the round is 0."""
        pieces = [
            Piece("x", "input", Type.INT, Shape(("n",))),
            Piece("i", "input", Type.INT),
            Piece("v", "output", Type.INT),
        ]
        return self._helper("element", "An element of a vector, counted from 0.", *_at_index(pieces, "x+", "v"))

    def _place(self) -> str:
        """y[i] <- v; the other elements stay."""
        pieces = [
            Piece("v", "input", Type.INT),
            Piece("i", "input", Type.INT),
            Piece("y", "output", Type.INT, Shape(("n",))),
        ]
        return self._helper("place", "A number put into a vector, counted from 0.", *_at_index(pieces, "v", "y+"))

    def _helper(
        self, name: str, description: str, pieces: Sequence[Piece], steps: tuple[Step, ...], count: int | str
    ) -> str:
        name = f"{self._card.name}_{name}"
        self._helpers.setdefault(name, Mixture(name, Kind.INTEGER, description, tuple(pieces), steps, count))
        return name


def _at_index(pieces: list[Piece], source: str, target: str) -> tuple[list[Piece], tuple[Step, ...], str]:
    """A loop over n rounds that copies in round i only."""
    pieces += [Piece("n", "constant", Type.INT), Piece("round", LOCAL, Type.INT), Piece("other", LOCAL, Type.INT)]
    steps = (
        _step("xor", a="i", b="round", y="other"),
        _step("mov", "other", x=source, y=target),
        _step("inc", x="round", y="round"),
    )
    return pieces, steps, "n"


def _step(skill: str, guard: str = "", /, **slots: str) -> Step:
    """One skill, with pieces for its slots; `x+` is the next element of x in each round."""
    choices = {name: Choice.of(piece.rstrip("+"), int(piece.endswith("+"))) for name, piece in slots.items()}
    return Step((Term(skill, choices),), Choice.of(guard) if guard else None)
