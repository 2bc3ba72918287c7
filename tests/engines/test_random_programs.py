"""Random programs: each neural engine in lockstep with the emulator, the whole state compared after every instruction.

The examples are the same in every run. `pytest -rP` shows how many instructions were compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from ccc.emulator import Emulator
from ccc.isa import BY_MNEMONIC, DIALECTS, Dialect, Fault
from ccc.trace import compare
from tests.engines.engines import ENGINES
from tests.engines.random_programs import Program, extended, noise, plain

MAX_STEPS = 40
MANY = 1_000_000
PLAIN = [dialect for dialect in DIALECTS.values() if not dialect.extended]
SLOW_FACTOR = 5
FAST = [name for name in ENGINES if name != "dense-all-rows"]
SHARE = {"sparse": 4}
"""Engines that are made for many programs at once and run only a share of these, which come one by one."""

Make = Callable[[Random], Program]


@dataclass
class Tally:
    """What was compared: instructions by mnemonic, and how programs ended."""

    instructions: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    outputs: int = 0

    def __str__(self) -> str:
        return (
            f"{self.instructions.total():,} instructions of {self.ends.total():,} programs compared, none differed; "
            f"{self.outputs:,} outputs; ends {dict(self.ends)}; rarest {self.instructions.most_common()[:-6:-1]}"
        )


def run(engine: str, make: Make, examples: int, start: int = 0) -> Tally:
    """Compare `engine` with the emulator on so many programs, the same ones for the same `start`."""
    tally = Tally()
    for number in range(examples):
        program = make(Random(start * MANY + number))
        result = compare(program.image, Emulator(), ENGINES[engine](), program.inputs, max_steps=MAX_STEPS)
        assert result.equal, f"program {number} of {start}: {result.difference}\n{program}"
        tally.instructions.update(result.opcodes)
        tally.ends[result.reason] += 1
        tally.outputs += result.outputs
    print(f"{engine}: {tally}")
    return tally


def check_coverage(tally: Tally, each: int) -> None:
    """Every opcode executed without a fault, and every fault met."""
    rare = {name: tally.instructions[name] for name in BY_MNEMONIC if tally.instructions[name] < each}
    assert rare == {}
    missing = {fault.label for fault in Fault if fault and not tally.ends[f"fault: {fault.label}"]}
    assert missing == set()


@pytest.mark.parametrize("width", [8, 16, 32])
@pytest.mark.parametrize("engine", FAST)
def test_extended_programs(engine: str, width: int) -> None:
    tally = run(engine, lambda rng: extended(rng, width), 400 // SHARE.get(engine, 1), width)
    if engine not in SHARE:
        check_coverage(tally, each=5)


def test_extended_programs_with_all_rows() -> None:
    tally = run("dense-all-rows", lambda rng: extended(rng, 32), 60)
    assert len(tally.instructions) >= 40


@pytest.mark.parametrize("engine", FAST)
def test_noise(engine: str) -> None:
    examples = 100 // SHARE.get(engine, 1)
    tally = run(engine, lambda rng: noise(rng, rng.choice((8, 16, 32))), examples)
    assert tally.instructions.total() >= examples // 4
    assert len(tally.ends) >= 4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dialect", PLAIN, ids=lambda dialect: dialect.name)
def test_plain_programs(dialect: Dialect, engine: str) -> None:
    widths = (8,) if dialect.modulo else (8, 16, 32)
    tally = run(engine, lambda rng: plain(rng, rng.choice(widths), dialect), 60)
    assert tally.instructions.total() >= 300


@pytest.mark.slow
@pytest.mark.parametrize("width", [8, 16, 32])
@pytest.mark.parametrize("engine", FAST)
def test_many_extended_programs(engine: str, width: int) -> None:
    tally = run(engine, lambda rng: extended(rng, width), 400 * SLOW_FACTOR, width)
    check_coverage(tally, each=5 * SLOW_FACTOR)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dialect", PLAIN, ids=lambda dialect: dialect.name)
def test_many_plain_programs(dialect: Dialect, engine: str) -> None:
    widths = (8,) if dialect.modulo else (8, 16, 32)
    run(engine, lambda rng: plain(rng, rng.choice(widths), dialect), 60 * SLOW_FACTOR)


@pytest.mark.slow
@pytest.mark.parametrize("engine", FAST)
def test_plain_modulo_over_a_memory_of_16_bits(engine: str) -> None:
    run(engine, lambda rng: plain(rng, 16, DIALECTS["subleq-modulo"]), 10)
