"""The precision certificate: for which memories and in which number format a network is exact, from its weights alone.

Exact means that a step gives the same bits in whatever order its sums are computed, fused or not: every sum that the
next state depends on adds without rounding, or has two terms and rounds once; every read has one weight of 1 and all
others exactly 0; a rounding constant rounds to what it was made for; nothing overflows; and the next state is a state
again, which makes it so for every step.

The module walks through one step (`walk`) with unknowns in place of numbers (`facts`), and proves the above case by
case (`proof`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ccc.errors import UsageError
from ccc.isa import Fault
from ccc.machine import REGISTERS, word_range
from ccc.neural.basis import CPU
from ccc.neural.certificate.atoms import ONE, Form, Pool, add
from ccc.neural.certificate.attention import TOKENS
from ccc.neural.certificate.bounds import Contradiction, TooManyCases
from ccc.neural.certificate.facts import Facts
from ccc.neural.certificate.memory import Limit, head_limits
from ccc.neural.certificate.proof import AFTER, Proof
from ccc.neural.certificate.ranges import BIT, FLOAT64, FORMATS, Format, Range, grain_of, integers, reals
from ccc.neural.certificate.walk import Stream, Walk
from ccc.neural.certificate.weights import Heads, Layer, Mixture, sublayers
from ccc.neural.model import Model
from ccc.neural.patterns import CELL, END, HIT, IN_PORT, OUT_PORT, POSITION, POSITION_SQUARED, SIZE, TAKEN, VALUE

DTYPES = tuple(FORMATS)
"""The number formats that a certificate can be asked for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A part of the network (a unit, a sum, a head) that is not exact, or could not be shown to be, and why."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rounding:
    """The rounding constants for multiples of 2**exponent, how many there are, and below which |x| they round so."""

    exponent: int
    count: int
    limit: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of a network's exactness in one number format.

    exact: nothing failed, and there is a memory for which the step is exact. memory: the largest number of cells, 0
    where it is exact for none; limited_by: the head that sets it; heads: the limit of each head by itself, which says
    something even where another part fails. width: bits of an integer; integers: their range. reals: the range of real
    numbers, None where cells hold integers only. sums: how many sums were looked at. failures: what is not exact, or
    could not be shown to be; in formats other than float64 the proof is left out where weights or constants fail.
    """

    dtype: str
    exact: bool
    memory: int
    limited_by: str
    heads: tuple[Limit, ...]
    width: int
    integers: tuple[int, int]
    reals: tuple[float, float] | None
    roundings: tuple[Rounding, ...]
    sums: int
    failures: tuple[Failure, ...]


def certify(model: Model, dtype: str = "float64") -> Certificate:
    """The certificate of a model's weights if it computed in `dtype`. Takes seconds for the whole instruction set.

    Raises UsageError on another dtype than those in DTYPES.
    """
    if dtype not in FORMATS:
        raise UsageError(f"no certificate for {dtype!r}", f"known: {', '.join(DTYPES)}")
    form = FORMATS[dtype]
    layers = sublayers(model.transformer, model.layers, model.directions)
    limits = list(head_limits(model.transformer, model.layers, model.directions, form))
    least = min(limits, key=lambda limit: limit.cells, default=None)
    failures = [Failure(limit.site, _UNSHARP) for limit in limits if not limit.cells]
    failures += _unrepresentable(model, layers, form)
    if least is None:
        failures.append(Failure("attention", "no head looks for cells by their address: these weights use no memory"))
    sums = 0
    if form is FLOAT64 or not failures:
        step = _Step(model, form, least.cells if least and least.cells else 1 << 24, layers)
        found = []
        try:
            step.walk_through()
        except (Contradiction, OverflowError):
            found.append(Failure("step", _UNBOUNDED))
        except TooManyCases:
            found.append(Failure("step", _TOO_MANY))
        found += [Failure(*failure) for failure in step.walk.failures]
        failures += sorted(
            found, key=lambda failure: failure.part.endswith(AFTER)
        )  # what follows from others comes last
        sums = len(step.walk.sums)
    failures = list(dict.fromkeys(failures))
    memory = least.cells if least and not failures else 0  # a network without such heads is not one of this family
    return Certificate(
        dtype,
        memory > 0,
        memory,
        least.site if least and memory else "",
        tuple(limits),
        model.word,
        word_range(model.word),
        (-form.largest, form.largest) if model.dialect.extended else None,
        tuple(_roundings(layers)),
        sums,
        tuple(failures),
    )


_UNBOUNDED = "numbers that no bound could be found for, or that exclude each other: nothing could be shown of the rest"
_TOO_MANY = "too many cases: the proof was given up, and nothing could be shown of the rest"
_UNSHARP = "its keys are too near each other: the weight of the runner-up does not underflow to 0"

# ---- What is seen without a walk ------------------------------------------------------------------------------------


def _unrepresentable(model: Model, layers: list[Layer | Heads | Mixture], form: Format) -> Iterator[Failure]:
    """Numbers and constants that the format cannot serve."""
    if model.word > form.digits:
        yield Failure(VALUE, f"an integer of {model.word} bits does not fit {form.name}, which has {form.digits}")
    for layer in _feed_forward(layers):
        for site in layer.unpaired:
            yield Failure(site, "it adds a rounding constant 1.5 * 2**e that no unit beside it takes away again")
        for unit in layer.units:
            if unit.rounds is not None and form is not FLOAT64:
                here = unit.rounds + FLOAT64.digits - form.digits
                yield Failure(
                    unit.site,
                    f"its rounding constant rounds to multiples of 2**{unit.rounds} in float64, "
                    f"but of 2**{here} in {form.name}",
                )
            for _, weight in (*unit.value, *unit.gate, *unit.out):
                if not _has(form, weight):
                    yield Failure(unit.site, f"the weight {weight:g} is no number of {form.name}")


def _has(form: Format, number: float) -> bool:
    """Whether a weight is a number of the format."""
    grain = grain_of(number)
    digits = math.frexp(number)[1] - grain
    return abs(number) <= form.largest and grain >= form.lowest and digits <= form.digits


def _feed_forward(layers: list[Layer | Heads | Mixture]) -> Iterator[Layer]:
    for layer in layers:
        if isinstance(layer, Layer):
            yield layer
        elif isinstance(layer, Mixture):
            for expert in layer.experts:
                yield from expert


def _roundings(layers: list[Layer | Heads | Mixture]) -> Iterator[Rounding]:
    counts: dict[int, int] = {}
    for layer in _feed_forward(layers):
        for unit in layer.units:
            if unit.rounds is not None:
                counts[unit.rounds] = counts.get(unit.rounds, 0) + 1
    for exponent in sorted(counts):
        yield Rounding(exponent, counts[exponent], 2.0 ** (51 + exponent))


# ---- The walk through a step ----------------------------------------------------------------------------------------


class _Step:
    """One step over unknowns, from what the loader guarantees of a state to the proof for what comes out."""

    def __init__(self, model: Model, form: Format, memory: int, layers: list[Layer | Heads | Mixture]) -> None:
        self._model = model
        self._layers = layers
        self._pool = Pool(form)
        position = self._pool.input(POSITION, integers(0, memory - 1))
        square = self._pool.product(POSITION_SQUARED, {position: 1.0}, {position: 1.0})
        self.walk = Walk(model.directions, memory, position, square)
        self._registers = self._register_ranges(memory)
        self._before: Stream = {CPU: self._cpu(), **self._ports(), CELL: self._cell()}
        names = {place: name for name, place in reversed(list(model.directions.items()))}
        self._proof = Proof(self.walk, self._expected(), names)

    @property
    def _values(self) -> Range:
        """What a cell may hold: the loader refuses anything else."""
        if self._model.dialect.extended:
            return reals(self._pool.format)
        return integers(*word_range(self._model.word))

    def _register_ranges(self, memory: int) -> Mapping[str, Range]:
        low, high = word_range(self._model.word)
        pc = reals(self._pool.format) if self._model.dialect.extended else integers(low, max(high, memory + 3))
        ranges = {name: integers(0, memory) for name in REGISTERS}
        return ranges | {"pc": pc, "fault": integers(0, len(Fault) - 1), SIZE: integers(1, memory), TAKEN: BIT}

    def _named(self, forms: Mapping[str, Form]) -> dict[int, Form]:
        return {self._model.directions[name]: form for name, form in forms.items()}

    def _unknown(self, name: str, known: Range) -> Form:
        return {self._pool.input(name, known): 1.0}

    def _cpu(self) -> dict[int, Form]:
        registers = {name: self._unknown(name, reach) for name, reach in self._registers.items()}
        return self._named({CPU: {ONE: 1.0}, **registers})

    def _cell(self) -> dict[int, Form]:
        position: Form = {self.walk.position: 1.0}
        value = self._unknown(VALUE, self._values)
        return self._named(
            {CELL: {ONE: 1.0}, POSITION: position, POSITION_SQUARED: {self.walk.square: 1.0}, VALUE: value}
        )

    def _ports(self) -> dict[str, dict[int, Form]]:
        """The input port holds a value, or 0 and the end flag: what is read, value - end, is a value or -1."""
        place: dict[str, Form] = {POSITION: {ONE: -1.0}, POSITION_SQUARED: {ONE: 1.0}}
        end, value = self._unknown(END, BIT), self._unknown("input", self._values)
        if not self._model.dialect.extended:
            value = add((1.0, value), (1.0, end))
        source: dict[str, Form] = {IN_PORT: {ONE: 1.0}, **place, END: end, VALUE: value}
        sink: dict[str, Form] = {OUT_PORT: {ONE: 1.0}, **place, HIT: self._unknown(HIT, BIT)}
        sink[VALUE] = self._unknown("output", self._values)
        return {IN_PORT: self._named(source), OUT_PORT: self._named(sink)}

    def _expected(self) -> dict[str, dict[int, Range]]:
        """The ranges that hold again after the step; the host fills the input port anew."""
        at, values = self._model.directions, self._values
        port = {at[END]: BIT, at[VALUE]: Range(values.low, values.high + 1, values.grain)}
        cpu = {at[name]: reach for name, reach in self._registers.items()}
        return {CPU: cpu, IN_PORT: port, OUT_PORT: {at[HIT]: BIT, at[VALUE]: values}, CELL: {at[VALUE]: values}}

    def walk_through(self) -> None:
        """Go through all sublayers, and prove what is to be proven in every case."""
        self._from(0, self._before, Facts(self._pool))

    def _from(self, index: int, stream: Stream, facts: Facts) -> None:
        for number, layer in enumerate(self._layers[index:], index):
            if isinstance(layer, Layer):
                stream = {kind: self.walk.feed_forward(layer, x, facts, box=False) for kind, x in stream.items()}
            elif isinstance(layer, Heads):
                stream = self.walk.attention(layer, stream, facts)
            else:
                self._experts(number, layer, stream, facts)
                return
        self._proof.finish(self._before, stream, facts)

    def _experts(self, index: int, mixture: Mixture, stream: Stream, facts: Facts) -> None:
        """One walk to the end of the step for each expert that the CPU may be routed to."""
        for kind, x in stream.items():
            if kind != CPU:
                for expert, _ in self.walk.routes(mixture, x, facts):
                    if mixture.experts[expert]:
                        self.walk.fail(
                            f"{mixture.name}.router", f"it sends {TOKENS[kind]} to an expert that changes it"
                        )
        for expert, case in self.walk.routes(mixture, stream[CPU], facts):
            try:
                cpu: Mapping[int, Form] = stream[CPU]
                for part in mixture.experts[expert]:
                    cpu = self.walk.feed_forward(part, cpu, case, box=True)
                self._from(index + 1, {**stream, CPU: dict(cpu)}, case)
            except Contradiction:  # the case turned out to be impossible
                continue
