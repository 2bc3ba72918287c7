"""Where a Transformer with a wrong weight departs from the constructed one."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random

import pytest

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.machine import Image, State
from ccc.neural import DenseExecutor, Model, Search, construct, departure, find_departure, named_weights, perturb
from ccc.neural.layers import GatedFeedForward
from ccc.trace import compare, departure_of

FULL = """
loop:   in x
        jlt x, end
        add sum, x
        push sum
        mul sum, x
        div sum, two
        pop old
        xor old, x
        ldx old, table
        out sum
        jmp loop
end:    halt
.stack 4
.data
x:      . 0
sum:    . 0
two:    . 2
old:    . 0
table:  . sum
index:  . 1
"""
SUBLEQ = "-1 x; x y; zero x; y -1; x y 0; zero zero -1\nx: . 0\ny: . 3\nzero: . 0"
INPUTS = (3.0, 5.0)
SOURCES = {"full": (FULL, {}), "subleq": (SUBLEQ, {"dialect": "subleq"})}
KINDS = {
    "full": {
        "feed-forward value": r"(status|decode|judge|commit|erase)\..*\.value\[",
        "feed-forward gate": r"(locate|inspect|gate|judge|accept)\..*\.gate\[",
        "feed-forward out": r"(status|opcode|judge|erase|accept)\..*\.out\[",
        "head query": r"(fetch|read|follow|write)\..*\.query\d+\[",
        "head key": r"(fetch|read|follow|write)\..*\.key\d+\[",
        "head value": r"(fetch|read|write)\..*\.value\d+\[",
        "head out": r"(fetch|read|write)\..*\.out\d+\[",
        "router": r"(operands|pointers|execute)\.router\.(in|jlt|add|mul|div|out|jmp|push|ldx)\[",
        "expert value": r"(operands|execute)\.(add|mul|div|xor|jlt|push)\..*\.value\[",
        "expert gate": r"(operands|execute)\.(add|mul|div|xor|jlt|push)\..*\.gate\[",
        "expert out": r"(operands|execute)\.(add|mul|div|xor|jlt|push)\..*\.out\[",
    },
    "subleq": {
        "feed-forward": r"(decode|subtract|commit|erase|accept)\..*\.(value|gate|out)\[",
        "head": r"(fetch|read|write)\.",
    },
}
CASES = [(isa, kind) for isa, kinds in KINDS.items() for kind in kinds]


@lru_cache(maxsize=2)
def image_of(isa: str) -> Image:
    source, options = SOURCES[isa]
    return assemble_text(source, "p.s", **options)


def model_of(image: Image) -> Model:
    return construct(image.dialect, image.width)


def visible(image: Image, model: Model) -> tuple[int, Search] | None:
    """The step of the visible difference and the search from it, if there is a difference."""
    executor = DenseExecutor(model)
    difference = compare(image, Emulator(), executor, INPUTS, max_steps=60).difference
    if difference is None:
        return None
    search = departure_of(executor, image, INPUTS, difference)
    assert search
    return difference.instruction.step, search


def named_by(search: Search) -> str:
    """The beginning of the name of every weight of the part that was found."""
    found = search.departure
    assert found
    if found.part == "router":
        return f"{found.layer}.router."
    return ".".join(part for part in (found.layer, found.head, found.expert, found.part, found.unit) if part) + "."


def weights_like(model: Model, pattern: str) -> list[tuple[str, float]]:
    return [(weight.name, weight.value) for weight in named_weights(model) if re.match(pattern, weight.name)]


@pytest.mark.parametrize(("isa", "kind"), CASES)
def test_the_part_that_was_perturbed_is_named(isa: str, kind: str) -> None:
    """Bits are compared after every sublayer, so the first to differ is the one with the wrong weight."""
    image = image_of(isa)
    model = model_of(image)
    candidates = weights_like(model, KINDS[isa][kind])
    seen = 0
    for name, value in Random(kind).sample(candidates, min(14, len(candidates))):
        result = visible(image, perturb(model, name, -value)[0])
        if result is None:
            continue
        step, search = result
        assert search.departure
        assert name.startswith(named_by(search)), (name, search)
        assert search.departure.step <= step
        assert search.searched == ((0, search.departure.step),)
        assert search.departure.direction in model.directions
        seen += 1
        if seen == 3:
            return
    assert seen, "no weight of this kind matters to this program"


def test_a_wrong_result_in_an_expert() -> None:
    image = image_of("full")
    perturbed, _ = perturb(model_of(image), "execute.add.0.result.0.value[x]", 2.0)
    step, search = visible(image, perturbed) or pytest.fail("no difference")
    found = search.departure
    assert found
    assert (step, found.step) == (13, 13), "the first addition whose first operand is not 0"
    assert (found.layer, found.expert, found.part, found.unit) == ("execute", "add", "0", "result.0")
    assert (found.token, found.direction) == ("cpu", "result")
    assert (found.head, found.expected_expert) == ("", "")
    assert found.value == found.expected + 4


def test_a_wrong_choice_of_an_expert() -> None:
    image = image_of("full")
    name, value = next(iter(weights_like(model_of(image), r"execute\.router\.sub\[opcode\]")))
    _, search = visible(image, perturb(model_of(image), name, 2 * value)[0]) or pytest.fail("no difference")
    found = search.departure
    assert found
    assert (found.layer, found.part, found.expert) == ("execute", "router", "sub")
    assert found.expected_expert in {"in", "jlt", "add"}


def test_a_cell_that_receives_the_wrong_value() -> None:
    image = image_of("full")
    (name, _), *_ = weights_like(model_of(image), r"accept\..*\.out\[value\]")
    _, search = visible(image, perturb(model_of(image), name, 3.0)[0]) or pytest.fail("no difference")
    found = search.departure
    assert found
    assert (found.layer, found.direction, found.token) == ("accept", "value", f"cell {image.info.symbols['x']}")
    assert (found.value, found.expected) == (9.0, 3.0)


def test_what_is_hidden_at_first_is_found_where_it_begins() -> None:
    """A working direction that is not cleared does no harm until an instruction that counts on its being 0."""
    image = image_of("full")
    (name, value), *_ = weights_like(model_of(image), r"accept\.jump\.0\.out")
    step, search = visible(image, perturb(model_of(image), name, value / 2)[0]) or pytest.fail("no difference")
    found = search.departure
    assert found
    assert (found.layer, found.direction, found.token) == ("accept", "jump", "cpu")
    assert found.step < step


def test_directions_that_experts_share_go_by_the_name_of_the_one_that_ran() -> None:
    image = image_of("full")
    name = "execute.div.0.remainder.0.out[execute.div.remainder]"
    _, search = visible(image, perturb(model_of(image), name, -1.0)[0]) or pytest.fail("no difference")
    assert search.departure
    assert search.departure.direction == "execute.div.remainder"


def test_the_first_of_two_wrong_weights_is_named() -> None:
    """The first addition is to 0, where this weight does not show; a product comes before the second."""
    image = image_of("full")
    both = model_of(image)
    (product, value), *_ = weights_like(both, r"execute\.mul\..*\.out\[result\]")
    for name, wrong in (("execute.add.0.result.0.value[x]", 2.0), (product, 2 * value)):
        both, _ = perturb(both, name, wrong)
    _, search = visible(image, both) or pytest.fail("no difference")
    assert search.departure
    assert search.departure.expert == "mul"


LATE = "loop: addi n, 1; mov t, n; sub t, big; jlt t, loop; mul n, n; out n; halt\n.data\nn: . 0\nt: . 0\nbig: . 30"


def late_search(inputs: Sequence[float] = ()) -> tuple[int, Search, list[int]]:
    """A search for a wrong weight of mul, which comes late. The steps at which the right run was asked for."""
    image = assemble_text(LATE)
    name, value = weights_like(model_of(image), r"execute\.mul\..*\.out\[result\]")[0]
    perturbed, _ = perturb(model_of(image), name, value * 2)
    asked: list[int] = []

    def state_at(step: int) -> tuple[State, int]:
        asked.append(step)
        emulator = Emulator()
        emulator.start(image, inputs)
        emulator.run(step)
        return emulator.state(), emulator.consumed

    return 120, find_departure(perturbed, image, inputs, 120, state_at), asked


def test_a_late_departure_is_searched_before_the_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "FIRST_STEPS", 10)
    monkeypatch.setattr(departure, "LAST_STEPS", 5)
    step, search, asked = late_search()
    assert search.departure
    assert (search.departure.step, search.departure.expert) == (step, "mul")
    assert (search.searched, asked) == (((0, 9), (116, 120)), [116])


def test_a_search_that_finds_nothing_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "FIRST_STEPS", 10)
    monkeypatch.setattr(departure, "LAST_STEPS", 0)
    _, search, asked = late_search()
    assert (search.departure, search.searched, asked) == (None, ((0, 9),), [])
    assert search.note == "none in the steps searched"


@pytest.mark.parametrize(("limit", "value", "steps"), [("MAX_ROWS", 400, 6), ("MAX_ROWS_AT_ONCE", 2, 0)])
def test_the_work_is_limited(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, steps: int) -> None:
    monkeypatch.setattr(departure, limit, value)
    monkeypatch.setattr(departure, "FIRST_STEPS", 10)
    monkeypatch.setattr(departure, "LAST_STEPS", 0)
    _, search, _ = late_search()
    assert search.departure is None
    assert sum(last - first + 1 for first, last in search.searched) <= steps


def test_a_memory_too_large_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "MAX_NUMBERS", 1000)
    _, search, asked = late_search()
    assert (search.departure, search.searched, asked) == (None, (), [])
    assert "not searched" in search.note


def test_weights_of_another_shape_are_not_compared() -> None:
    image = image_of("subleq")
    model = model_of(image)
    transformer = copy.deepcopy(model.transformer)
    layer = transformer.sublayers[1]
    assert isinstance(layer, GatedFeedForward)
    counts = (*layer.counts[:-1], layer.counts[-1] - 1)
    transformer.sublayers[1] = GatedFeedForward(layer.value[:-1], layer.gate[:-1], layer.out[:, :-1], counts)
    renamed = {name.upper(): place for name, place in model.directions.items()}
    for other in (replace(model, transformer=transformer), replace(model, directions=renamed)):
        search = find_departure(other, image, INPUTS, 3, lambda step: pytest.fail("not asked for"))
        assert (search.departure, search.searched) == (None, ())
        assert "another shape" in search.note


def test_constructed_weights_have_no_departure() -> None:
    image = image_of("full")
    search = find_departure(model_of(image), image, INPUTS, 3, lambda step: pytest.fail("not asked for"))
    assert search.departure is None
    assert "the engine" in search.note


def test_only_a_transformer_departs() -> None:
    image = image_of("full")
    perturbed, _ = perturb(model_of(image), "execute.add.0.result.0.value[x]", 2.0)
    difference = compare(image, Emulator(), DenseExecutor(perturbed), INPUTS, max_steps=60).difference
    assert difference
    assert departure_of(Emulator(), image, INPUTS, difference) is None
