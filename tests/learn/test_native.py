"""Native code against the definition: kernels against blocks, mixtures against the composition skill in the state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccc.isa import Fault
from ccc.learn.search import checking
from ccc.learn.search.checking import kernel_of, run_block
from ccc.learn.search.codes import Codes
from ccc.learn.search.kernels import BY_NAME, Kernel, lanes, one
from ccc.machine import same_bits, word_range
from ccc.skills import Library, run_mixture
from tests.skills.mixtures import HARD, library, random_mixture, read

LIBRARY = Library.default()
OURS = library()
ATOMS = {"plus": Kernel.ADD, "times": Kernel.MUL, "radd": Kernel.FADD, "rmul": Kernel.FMUL}
NUMBERS = st.sampled_from([0, 1, -1, 2, 5, 31, 32, -7]) | st.integers(-(2**31), 2**31 - 1)
INTEGERS = sorted(name for name in BY_NAME if LIBRARY.card(name).kind == "integer")


@pytest.fixture
def fresh(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of kernels."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(checking, "_known", {})


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("width", [8, 32])
def test_every_kernel_is_its_block(width: int) -> None:
    for name, kernel in BY_NAME.items():
        if LIBRARY.card(name).width in (None, width):
            assert kernel_of(LIBRARY, name, width) is kernel, name


@given(st.sampled_from(INTEGERS), st.lists(NUMBERS, min_size=4, max_size=4))
@settings(max_examples=60, deadline=None)
def test_kernels_on_any_words(name: str, numbers: list[int]) -> None:
    skill = LIBRARY.find(name)
    slots = skill.card.slots
    values = [float(number) for number in numbers]
    call = {slot.name: np.asarray(value) for slot, value in zip(slots, values, strict=False)}
    (outputs,) = run_block(skill, {}, [call], 32)
    low, high = map(float, word_range(32))
    rest = [*values[: len(slots)], 0.0, 0.0, 0.0, 0.0][:4]
    value = one(int(BY_NAME[name]), *rest, low, high)
    out = np.zeros(3)
    lanes(int(BY_NAME[name]), *(np.full(3, number) for number in rest), out, 3, low, high)
    if outputs is None:
        assert np.isnan(value)
        assert np.isnan(out).all()
    else:
        assert same_bits(np.asarray(value), outputs[skill.card.outputs[0].name])
        assert (out == value).all()


@pytest.mark.usefixtures("fresh")
def test_what_was_compared_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    agrees = checking._agrees
    monkeypatch.setattr(
        checking, "_agrees", lambda skill, width, kernel: compared.append(1) or agrees(skill, width, kernel)
    )
    monkeypatch.setitem(BY_NAME, "add", Kernel.SUB)  # what `_agrees` says is kept, right or wrong
    first = [kernel_of(LIBRARY, name, 16) for name in ("add", "sub", "add")]
    checking._known.clear()  # as in another process
    assert [kernel_of(LIBRARY, name, 16) for name in ("add", "sub", "add")] == first
    assert len(compared) == 2
    kernel_of(LIBRARY, "add", 8)
    monkeypatch.setitem(BY_NAME, "add", Kernel.MUL)
    kernel_of(LIBRARY, "add", 8)
    assert len(compared) == 4
    for entry in checking._CACHE.folder.iterdir():
        entry.write_bytes(entry.read_bytes()[:-1] + b"x")
    checking._known.clear()
    kernel_of(LIBRARY, "add", 8)
    assert len(compared) == 5


@pytest.mark.usefixtures("fresh")
def test_another_skill_of_the_name_is_no_kernel(tmp_path) -> None:
    assert kernel_of(LIBRARY, "add", 32) is Kernel.ADD
    source = LIBRARY.find("add").source
    (tmp_path / "add.yaml").write_text(source.with_suffix(".yaml").read_text(encoding="utf-8"), encoding="utf-8")
    text = source.read_text(encoding="utf-8").replace("add  value, other", "sub  value, other")
    assert "sub  value, other" in text
    (tmp_path / "add.s").write_text(text, encoding="utf-8")
    assert kernel_of(Library([tmp_path]), "add", 32) is Kernel.NONE


def resolve(name: str):
    if name in ATOMS:
        return ATOMS[name], tuple(slot.name for slot in OURS.card(name).slots)
    return COPY if name == "copy" else AXPY if name == "axpy" else None


COPY = read("""
mixture: copy_
kind: real
inputs: {x: "real[n]"}
outputs: {y: "real[n]"}
constants: {n: int}
numbers: {zero: 0}
count: n
steps:
  - radd: {a: x+, b: zero, y: y+}
""")
AXPY = read("""
mixture: axpy_
kind: real
inputs: {a: real, x: "real[n]"}
outputs: {y: "real[n]"}
constants: {n: int}
locals: {t: real}
count: n
steps:
  - rmul: {a: x+, b: a, y: t}
  - radd: {a: y+, b: t, y: y+}
""")


@pytest.mark.parametrize("text", HARD)
def test_mixtures_do_what_their_tests_say(text: str) -> None:
    mixture = read(text)
    for example in mixture.examples:
        before = {n: example.before.get(n, np.zeros_like(v)) for n, v in example.expected.items()}
        found = Codes(resolve, 32).run(mixture, example.given, before)
        assert found is not None
        for name, value in example.expected.items():
            assert same_bits(found[name], value), name


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_random_mixtures_are_those_in_the_state(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, soft=False)
    data = {"x": np.asarray(float(rng.normal()))}
    before = {"z": np.asarray(float(rng.normal())), "v": rng.normal(size=3)}
    run = run_mixture(mixture, OURS, data, before=before)
    assert run.fault is Fault.NONE
    found = Codes(resolve, 32).run(mixture, data, before)
    assert found is not None
    for name, value in run.outputs.items():
        assert same_bits(found[name], value), name
