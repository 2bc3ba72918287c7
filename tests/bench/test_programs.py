"""The programs that are timed: they compute what they say, on every engine, and are the mix that they claim to be."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ccc.assembler import assemble_file
from ccc.bench import checkout
from ccc.bench.opcode_loops import COPIES, NOT_LOOPED, mnemonics, opcode_loop
from ccc.bench.programs import MIX, SUBLEQ, padded, program
from ccc.emulator import Emulator
from ccc.errors import UsageError
from ccc.isa import INSTRUCTIONS
from ccc.machine import same_bits
from ccc.trace import compare, make_executor
from tests.programs.table import ASM, runs_of

RUNS = [run for path in sorted((ASM / "bench").glob("*.s")) for run in runs_of(path)]
ENGINES = ("emulator", "native", "sparse", "dense")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.path.stem}: {run.name}")
def test_programs_give_what_their_comments_expect(engine: str, run) -> None:
    image = assemble_file(run.path)
    executor = make_executor(engine, image)
    executor.start(image, run.inputs)
    executor.run(25_000)
    assert executor.state().halted
    assert executor.outputs() == run.outputs


def test_the_stated_mix_is_the_mix_that_is_executed() -> None:
    head = [line for line in (checkout() / MIX).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    families = [match for line in head if (match := re.match(r"#   ([ \d]\d)  [^:]+: (.+)$", line))]
    stated = {}
    for family in families:
        counts = {name: int(count or 1) for name, count in re.findall(r"(\w+)(?: (\d+))?", family[2])}
        assert sum(counts.values()) == int(family[1])
        stated |= counts
    assert sum(stated.values()) == 60
    assert stated["mul"] == stated["div"] == 3, "5 % each"
    rounds = 50
    counter = Emulator(checksum=True)
    counter.start(program(MIX), [float(rounds)])
    assert counter.run(1 << 20) == 60 * rounds + 7
    assert counter.opcodes is not None
    once = {"in": 1, "out": 6, "halt": 1}
    expected = {name: rounds * count for name, count in stated.items()} | once
    assert counter.opcodes == expected | {"jmp": expected["jmp"] - 1}


def test_every_instruction_that_goes_on_has_a_loop() -> None:
    assert {*mnemonics(), *NOT_LOOPED} == {row.mnemonic for row in INSTRUCTIONS}


@pytest.mark.parametrize("mnemonic", mnemonics())
def test_a_loop_executes_its_instruction_for_ever(mnemonic: str) -> None:
    counter = Emulator(checksum=True)
    counter.start(opcode_loop(mnemonic), [])
    steps = 100 * (COPIES + 2)
    assert counter.run(steps) == steps
    assert not counter.state().stopped
    assert counter.opcodes is not None
    assert counter.opcodes[mnemonic] >= 0.94 * steps


@pytest.mark.parametrize("mnemonic", ["subleq", "ret", "exec", "pop", "jmpi", "addsp"])
def test_a_loop_is_the_same_in_the_transformer(mnemonic: str) -> None:
    image = opcode_loop(mnemonic)
    assert compare(image, Emulator(), make_executor("native", image), max_steps=300).equal


@pytest.mark.parametrize("name", [SUBLEQ, MIX])
def test_more_memory_changes_nothing_else(name: str) -> None:
    image, size = program(name), 1000
    more = padded(image, size)
    assert more.size == size
    ends = []
    for one in (image, more):
        emulator = Emulator()
        emulator.start(one, [9.0])
        emulator.run(10_000)
        assert emulator.state().halted
        ends.append((emulator.outputs(), emulator.state().cells))
    assert ends[0][0] == ends[1][0]
    assert same_bits(ends[0][1], ends[1][1][: image.size])
    assert not np.any(ends[1][1][image.size :])


def test_without_a_checkout_there_is_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "ccc.bench.programs.__file__", str(tmp_path / "site-packages" / "ccc" / "bench" / "programs.py")
    )
    with pytest.raises(UsageError) as caught:
        checkout()
    assert SUBLEQ in caught.value.message
    assert "checkout" in caught.value.hint
