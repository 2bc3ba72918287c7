"""Weights under test: each weight with its sign flipped, and zeroed, must do something that a comparison notices.

A mutant is tried on random situations of every opcode (`mutant_situations`), its steps compared with the emulator's bit
for bit (`ccc.neural.mutant_bench`): in several rounds, each with other memories, and in every second round with sound
operands for the opcodes whose weights are still alive. What is alive after that is tried on every instruction of given
programs (`mutant_programs`). Survivors get a reason (`mutant_reasons`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ccc.errors import UsageError
from ccc.neural import Effect, Expected, Model, MutantBench, Trial, Weight, named_weights
from ccc.trace.mutant_programs import Program, program_situations
from ccc.trace.mutant_reasons import Reason, reason_for
from ccc.trace.mutant_situations import Situations, situations, stopped

CHANGES = {"sign flip": -1.0, "zeroed": 0.0}
"""The changes that are made to each weight, and the factor of each."""
_STEPS = 4
_WIDEST_MODULO = 8
_SIZES = (32, 30, 37, 34)
_EACH = (16, 100, 30, 160)
"""Cells of memory, and situations of each opcode, in round 0, 1, 2, 3."""
_TARGETED = 6000  # situations of the opcodes that a round is for, where they are few

Progress = Callable[[int, int, int], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Mutant:
    """A weight, by its place among the named ones, and what is done to it."""

    number: int
    name: str
    value: float
    change: str

    @property
    def part(self) -> str:
        """The sublayer that the weight belongs to."""
        return self.name.partition(".")[0]

    @property
    def expert(self) -> str:
        """The mnemonic of the expert that the weight belongs to, or nothing."""
        parts = self.name.split("[")[0].split(".")
        return parts[1] if len(parts) == 6 else ""

    @property
    def owner(self) -> str:
        """The mnemonic of the expert whose private direction the weight reads or writes, or nothing."""
        parts = self.name.partition("[")[2].rstrip("]").split(".")
        return parts[1] if len(parts) == 3 else ""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no situation tells from the right network, and why that is."""

    mutant: Mutant
    trial: Trial
    reason: Reason


@dataclass
class MutantReport:
    """What became of all mutants. total, caught: by sublayer.

    situations: how many random ones were tried, over all rounds. from_programs: how many states of programs. untried:
    mutants that an interruption left aside; they count nowhere else. What it left half tried counts as not caught.
    """

    dialect: str
    word: int
    checksum: str
    seed: int
    situations: int = 0
    from_programs: int = 0
    untried: int = 0
    total: dict[str, int] = field(default_factory=dict)
    caught: dict[str, int] = field(default_factory=dict)
    survivors: list[Survivor] = field(default_factory=list)
    interrupted: bool = False

    @property
    def share(self) -> float:
        """Which part of the mutants was caught."""
        return sum(self.caught.values()) / max(1, sum(self.total.values()))

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "dialect": self.dialect,
            "width": self.word,
            "checksum": self.checksum,
            "seed": self.seed,
            "situations": self.situations,
            "from_programs": self.from_programs,
            "interrupted": self.interrupted,
            "untried": self.untried,
            "mutants": sum(self.total.values()),
            "caught": sum(self.caught.values()),
            "share": self.share,
            "parts": {part: [self.caught.get(part, 0), count] for part, count in self.total.items()},
            "survivors": [
                {
                    "weight": entry.mutant.name,
                    "value": entry.mutant.value,
                    "change": entry.mutant.change,
                    "effect": entry.trial.effect.name.lower(),
                    "reason": entry.reason.name.lower(),
                }
                for entry in self.survivors
            ],
        }


def mutants_of(model: Model, weights: Iterable[Weight] | None = None) -> list[Mutant]:
    """Every mutant of a model, in the order of its weights."""
    named = enumerate(named_weights(model) if weights is None else weights)
    return [Mutant(number, weight.name, weight.value, change) for number, weight in named for change in CHANGES]


def try_mutants(
    model: Model,
    mutants: Sequence[Mutant] | None = None,
    *,
    seed: int = 0,
    rounds: int = 4,
    programs: Sequence[Program] = (),
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> MutantReport:
    """Try `mutants` (all of the model's by default) on random situations, and those still alive on `programs`.

    progress: called with the round, how many mutants of it were tried, and how many it has. stop: asked between mutants
    whether to end here; then the survivors so far are not listed. Raises UsageError on a memory that is too large, and
    on a program of another dialect or width than the model's.
    """
    _check_programs(model, programs)
    if model.dialect.modulo and model.word > _WIDEST_MODULO:
        raise UsageError(
            f"dialect {model.dialect.name} has 2**{model.word} cells, too many to try every weight on",
            f"--width {_WIDEST_MODULO} shows the same weights",
        )
    hunt = _Hunt(list(mutants_of(model) if mutants is None else mutants), progress, stop)
    report = MutantReport(model.dialect.name, model.word, model.checksum, seed)
    everything = hunt.alive
    for number in range(rounds):
        concerned = hunt.alive
        if model.dialect.extended and number % 2:
            concerned = [mutant for mutant in hunt.alive if mutant.expert or _remains(hunt.trials.get(mutant))]
        if concerned and not hunt.interrupted:
            hunt.round(_bench(model, number, seed, concerned, report), concerned)
    for program in programs:
        for found in program_situations(program, _STEPS):
            if hunt.alive and not hunt.interrupted:
                report.from_programs += len(found.kinds)
                hunt.round(bench_of(model, found), hunt.alive)
    report.interrupted = hunt.interrupted
    tried = [mutant for mutant in everything if mutant in hunt.trials] if hunt.interrupted else everything
    report.untried = len(everything) - len(tried)
    report.total = dict(Counter(mutant.part for mutant in tried))
    report.caught = dict(Counter(mutant.part for mutant in hunt.trials.keys() - set(hunt.alive)))
    if not report.interrupted:
        report.survivors = _explained(model, seed, hunt.alive, hunt.trials)
    return report


def _check_programs(model: Model, programs: Iterable[Program]) -> None:
    """Raises UsageError on a program of another dialect or width than the model's."""
    for program in programs:
        image = program.image
        if (image.dialect, image.width) != (model.dialect, model.word):
            raise UsageError(
                f"a program of dialect {image.dialect.name} at {image.width} bits shows nothing of weights for "
                f"{model.dialect.name} at {model.word}"
            )


class _Hunt:
    """Mutants on trial. alive: those that nothing has shown yet. trials: what was seen of each that was tried.

    interrupted: whether it was told to stop, which is asked after every mutant.
    """

    def __init__(self, alive: list[Mutant], progress: Progress | None, stop: Stop | None) -> None:
        self.alive = alive
        self.trials: dict[Mutant, Trial] = {}
        self.interrupted = False
        self._progress, self._stop = progress, stop
        self._rounds = 0

    def round(self, bench: MutantBench, concerned: Sequence[Mutant]) -> None:
        """Try the mutants `concerned` on the states of `bench`."""
        caught: set[Mutant] = set()
        for done, mutant in enumerate(concerned, 1):
            self.interrupted = self._stop is not None and self._stop()
            if self.interrupted:
                break
            trial = bench.try_weight(mutant.number, mutant.value * CHANGES[mutant.change])
            self.trials[mutant] = self.trials.get(mutant, Trial(Effect.NONE)) | trial
            if trial.effect is Effect.CAUGHT:
                caught.add(mutant)
            if self._progress:
                self._progress(self._rounds, done, len(concerned))
        self.alive = [mutant for mutant in self.alive if mutant not in caught]
        self._rounds += 1


def _bench(model: Model, number: int, seed: int, concerned: Sequence[Mutant], report: MutantReport) -> MutantBench:
    """The situations of one round, for the mutants `concerned`. A modulo dialect decides its memory's size itself."""
    rng = Random(1000 * seed + number)
    size = 1 << model.word if model.dialect.modulo else _SIZES[number % len(_SIZES)]
    experts = {mutant.expert or mutant.owner for mutant in concerned} - {""}
    opcodes = experts if model.dialect.extended and number % 2 else None
    each = _EACH[number % len(_EACH)]
    if opcodes is not None:
        each = max(each, _TARGETED // max(1, len(opcodes)))
    if not model.dialect.extended:
        each = max(1, 16 // (1 + size // 100))
    found = situations(model.dialect, model.word, size, each, _STEPS, rng, mnemonics=opcodes)
    report.situations += len(found.kinds)
    return bench_of(model, found)


def _remains(trial: Trial | None) -> bool:
    """Whether a mutant was seen to leave something on the CPU of a running machine."""
    if trial is None or trial.effect is not Effect.HIDDEN or trial.ending:
        return False
    return any(entry.startswith("cpu ") for entry in trial.left)


def bench_of(model: Model, found: Situations) -> MutantBench:
    """A bench of situations and what the emulator makes of them."""
    expected = [Expected(t.cells, t.registers, t.outputs, t.consumed, t.ran) for t in found.truth]
    return MutantBench(model, found.cells, found.registers, found.inputs, expected)


def _explained(model: Model, seed: int, alive: Sequence[Mutant], trials: dict[Mutant, Trial]) -> list[Survivor]:
    """The survivors with their reasons. Those of no effect are tried on machines that have stopped, too."""
    if not alive:
        return []
    size = 1 << model.word if model.dialect.modulo else _SIZES[0]
    found = situations(model.dialect, model.word, size, 8, 2, Random(1000 * seed + 999))
    whole, bench = bench_of(model, found), bench_of(model, stopped(found))
    survivors = []
    for mutant in alive:
        trial = trials.get(mutant, Trial(Effect.NONE))
        at_rest = bench.try_weight(mutant.number, mutant.value * CHANGES[mutant.change])
        value, gate = mutant.value * CHANGES[mutant.change], whole.threshold(mutant.number)
        reason = reason_for(mutant.name, value, trial, at_rest, gate)
        survivors.append(Survivor(mutant, trial, reason))
    return survivors
