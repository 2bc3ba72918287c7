"""Weights under test: which wrong weights a comparison notices, and what is said of those that it does not."""

from __future__ import annotations

import copy
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from ccc.emulator import Emulator
from ccc.errors import UsageError
from ccc.isa import BY_MNEMONIC, DIALECTS, Fault, decode
from ccc.machine import Image, Layout, ProgramInfo, Register, State, instruction_at
from ccc.neural import DenseExecutor, Effect, Model, Threshold, Trial, construct, named_weights, perturb
from ccc.trace import compare
from ccc.trace.mutant_reasons import Reason, reason_for, same_integers
from ccc.trace.mutant_situations import Situations, situations, stopped
from ccc.trace.mutants import CHANGES, Mutant, MutantReport, bench_of, mutants_of, try_mutants

SUBLEQ, CCC = DIALECTS["subleq"], DIALECTS["ccc"]
STEPS = 4


def small() -> Model:
    return construct(SUBLEQ, 32)


def named(model: Model, *names: str) -> list[Mutant]:
    """The mutants whose weight and change are given as `name: change`."""
    found = {f"{mutant.name}: {mutant.change}": mutant for mutant in mutants_of(model)}
    return [found[name] for name in names]


def images(found: Situations, model: Model) -> list[Image]:
    info = ProgramInfo(Layout.bare(found.cells.shape[1]))
    rows = zip(found.cells, found.registers, strict=True)
    return [Image(State(cells, registers), model.dialect, model.word, info) for cells, registers in rows]


# --------------------------------------------------------------------------------------------------- situations


def test_every_opcode_and_every_fault_has_situations() -> None:
    found = situations(CCC, 32, 24, 60, STEPS, Random(1))
    assert set(found.kinds) == set(BY_MNEMONIC)
    executed, faults = set(), set()
    for cells, registers, after in zip(found.cells, found.registers, found.truth[0].registers, strict=True):
        fault = Fault(int(after[Register.FAULT]))
        row = decode(instruction_at(cells, registers[Register.PC])[0]) if fault is Fault.NONE else None
        executed |= {row.mnemonic} if row else set()
        faults.add(fault)
    assert executed == set(BY_MNEMONIC)
    assert faults == set(Fault)
    assert np.isfinite(found.truth[0].outputs).any()
    assert (found.truth[0].consumed > 0).any()


def test_sound_operands_seldom_fault() -> None:
    found = situations(CCC, 32, 24, 60, STEPS, Random(2), mnemonics={"mul", "xor", "mov"})
    assert set(found.kinds) == {"mul", "xor", "mov"}
    assert (found.truth[0].registers[:, Register.FAULT] == 0).mean() > 0.9


def test_the_truth_is_that_of_the_emulator() -> None:
    model = construct(CCC, 8)
    found = situations(CCC, 8, 21, 3, STEPS, Random(3))
    for number, image in enumerate(images(found, model)):
        emulator = Emulator()
        emulator.start(image, found.inputs[number])
        for truth in found.truth:
            before = emulator.state()
            emulator.run(1)
            assert emulator.state().same(State(truth.cells[number], truth.registers[number]))
            assert emulator.consumed == truth.consumed[number]
            assert truth.ran[number] == (not before.stopped)


# -------------------------------------------------------------------------------------------------------- bench


@pytest.mark.parametrize(("dialect", "each", "count"), [(SUBLEQ, 2, 24), (CCC, 2, 8)], ids=["subleq", "ccc"])
def test_what_is_caught_is_what_a_comparison_finds(dialect, each: int, count: int) -> None:
    model = construct(dialect, 32)
    found = situations(dialect, 32, 24, each, STEPS, Random(4))
    bench, starts = bench_of(model, found), images(found, model)
    outcomes = set()
    for mutant in Random(5).sample(mutants_of(model), count):
        value = mutant.value * CHANGES[mutant.change]
        trial = bench.try_weight(mutant.number, value)
        executor = DenseExecutor(perturb(model, mutant.name, value)[0])
        differs = any(
            not compare(image, Emulator(), executor, values, max_steps=STEPS).equal
            for image, values in zip(starts, found.inputs, strict=True)
        )
        assert differs or trial.effect is not Effect.CAUGHT, mutant
        outcomes.add((trial.effect is Effect.CAUGHT, differs))
    assert (True, True) in outcomes


def test_a_trial_leaves_the_weights_as_they_were() -> None:
    bench = bench_of(small(), situations(SUBLEQ, 32, 24, 1, STEPS, Random(6)))
    before = bench.model.checksum
    for number in range(0, len(bench.weights), 40):
        bench.try_weight(number, 0.0)
    assert bench.model.checksum == before == small().checksum


def test_a_weight_at_its_own_value_does_nothing() -> None:
    bench = bench_of(small(), situations(SUBLEQ, 32, 24, 1, STEPS, Random(7)))
    for number in range(0, len(bench.weights), 20):
        assert bench.try_weight(number, bench.weights[number].value).effect is Effect.NONE


def test_a_state_that_is_wrong_from_the_start_is_refused() -> None:
    found = situations(SUBLEQ, 32, 24, 1, STEPS, Random(8))
    found.truth[0].cells[3, 3] += 1
    with pytest.raises(AssertionError, match="the right weights go wrong"):
        bench_of(small(), found)


def test_a_stopped_machine_stays_as_it_is() -> None:
    found = stopped(situations(CCC, 32, 24, 1, 2, Random(9)))
    assert (found.registers[:, Register.FAULT] != 0).any()
    assert (found.registers[:, Register.PC] < 0).any()
    bench_of(construct(CCC, 32), found)


# ------------------------------------------------------------------------------------------------------ reports


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fetch.a.query2[cell]: zeroed", Reason.OTHER_ROWS),
        ("decode.stopped.1.gate[fault]: sign flip", Reason.AT_REST),
        ("accept.bad_fetch.0.out[bad_fetch]: zeroed", Reason.AFTER_A_FAULT),
        ("read.target.value0[end]: sign flip", Reason.OVERWRITTEN),
        ("commit.taken.0.gate[ok]: sign flip", Reason.ONLY_ZERO_OR_NOT),
    ],
)
def test_reasons(name: str, reason: Reason) -> None:
    report = try_mutants(small(), named(small(), name), rounds=1)
    assert [survivor.reason for survivor in report.survivors] == [reason]
    assert report.share == 0.0


def test_a_threshold_between_integers_may_lie_at_either_end() -> None:
    model = small()
    model = replace(model, transformer=copy.deepcopy(model.transformer))
    gate = next(w for w in named_weights(model) if w.name == "subtract.result.1.gate[from_port]")
    gate.tensor[gate.index[0], model.directions["cpu"]] = -0.5
    report = try_mutants(model, named(model, "subtract.result.1.gate[cpu]: zeroed"), rounds=1)
    assert [survivor.reason for survivor in report.survivors] == [Reason.INTEGERS]


def test_what_matters_is_caught() -> None:
    names = [
        "subtract.result.0.value[x]: sign flip",
        "subtract.step.0.value[cpu]: zeroed",
        "fetch.a.key0[position]: zeroed",
        "write.write.value0[cpu]: sign flip",
        "erase.value.0.out[value]: zeroed",
        "decode.taken.0.out[taken]: zeroed",
        "accept.a.0.out[a]: zeroed",
    ]
    report = try_mutants(small(), named(small(), *names), rounds=1)
    assert (report.share, report.survivors) == (1.0, [])


def test_a_sample_of_all_weights_has_no_survivor_without_a_reason() -> None:
    mutants = Random(1).sample(mutants_of(small()), 90)
    report = try_mutants(small(), mutants, rounds=1)
    assert report.share > 0.7
    assert sum(report.total.values()) == 90
    assert sum(report.total.values()) == sum(report.caught.values()) + len(report.survivors)
    assert [entry.mutant.name for entry in report.survivors if entry.reason is Reason.REMAINS] == []


def test_the_same_seed_gives_the_same_report() -> None:
    mutants = Random(2).sample(mutants_of(small()), 20)
    first, second = (try_mutants(small(), mutants, seed=3, rounds=1).to_json() for _ in range(2))
    assert first == second


def test_it_can_be_ended_early() -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    seen = []
    report = try_mutants(small(), progress=lambda *entry: seen.append(entry), stop=stop)
    assert report.interrupted
    assert seen[-1] == (0, 5, 610)


def test_a_memory_of_all_addresses_is_refused_where_it_is_too_large() -> None:
    with pytest.raises(UsageError, match="too many to try every weight on"):
        try_mutants(construct(DIALECTS["subleq-modulo"], 16), rounds=1)


def test_thresholds_over_integers() -> None:
    assert same_integers(Threshold((1.0, -2.0), -0.5, whole=True), 0.0)
    assert not same_integers(Threshold((1.0,), -0.5, whole=True), 0.5)
    assert not same_integers(Threshold((0.5,), -0.5, whole=True), 0.0)
    nothing = Trial(Effect.NONE)
    reals = Threshold((1.0,), -0.5, whole=False)
    assert reason_for("decode.x.0.gate[cpu]", 0.0, nothing, nothing, reals) is Reason.NEVER_READ


def check_whole(report: MutantReport, share: float) -> None:
    assert report.share >= share
    assert [entry.mutant.name for entry in report.survivors if entry.reason is Reason.REMAINS] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, dialect in DIALECTS.items() if not dialect.extended])
def test_all_weights_of_the_small_networks(name: str) -> None:
    check_whole(try_mutants(construct(DIALECTS[name], 8)), 0.75)


@pytest.mark.slow
def test_all_weights_of_the_large_network() -> None:
    check_whole(try_mutants(construct(CCC, 32)), 0.9)
