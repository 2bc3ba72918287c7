"""`ccc run` with several images."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Ccc, Save
from tests.cli.programs import ENDLESS, FAULT, HELLO, SUBLEQ, SUM, put_out

KEYS = ["image", "engine", "reason", "fault", "steps", "output", "pc", "checksum"]
ENGINES = [(), ("--neural",), ("--engine", "dense"), ("--engine", "sparse", "--threads", "2")]


@pytest.mark.parametrize("options", ENGINES)
def test_each_output_stands_below_its_name(ccc: Ccc, save: Save, options: tuple[str, ...]) -> None:
    save(SUM, "a.bin"), save(SUBLEQ, "b.bin"), save(put_out(72, 105, 10), "c.bin")
    done = ccc("run", "a.bin", "b.bin", "c.bin", "--in", "65,4", *options)
    assert (done.code, done.err) == (0, "")
    assert done.out == "a.bin:\n65\n69\nb.bin:\n65\nc.bin:\nHi\n"


@pytest.mark.parametrize("options", ENGINES)
def test_several_as_json(ccc: Ccc, save: Save, options: tuple[str, ...]) -> None:
    for name, source in (("a.bin", SUM), ("b.bin", FAULT), ("c.bin", ENDLESS)):
        save(source, name)
    done = ccc("run", "a.bin", "b.bin", "c.bin", "a.bin", "--in", "3", "--max-steps", "40", "--json", *options)
    assert (done.code, done.err) == (10, "")
    assert all(list(entry) == KEYS for entry in done.json)
    assert [entry["image"] for entry in done.json] == ["a.bin", "b.bin", "c.bin", "a.bin"]
    for entry in done.json:
        single = ccc("run", entry["image"], "--in", "3", "--max-steps", "40", "--json").json
        del single["seconds"]
        assert entry == single | {"image": entry["image"], "engine": entry["engine"]}


def test_the_worst_end_is_the_exit_code(ccc: Ccc, save: Save) -> None:
    save("halt", "good.bin"), save(FAULT, "bad.bin"), save(ENDLESS, "long.bin")
    for names, code in ((("good.bin", "good.bin"), 0), (("good.bin", "long.bin"), 11), (("long.bin", "bad.bin"), 10)):
        done = ccc("run", *names, "--max-steps", "5", "--numbers")
        assert done.code == code
    assert done.err == (
        "long.bin: step-limit\n  after 5 instructions, at pc 6, prog.s:4: jmp loop\n"
        "bad.bin: fault: division (division by zero)\n  after 2 instructions, at pc 6, prog.s:4: bad:  div x, zero\n"
    )


def test_totals(ccc: Ccc, save: Save) -> None:
    save(SUM, "a.bin"), save(FAULT, "b.bin")
    done = ccc("run", "--neural", "a.bin", "b.bin", "a.bin", "--in", "3,4", "--stats", "--json")
    found = dict(line.split(None, 1) for line in done.err.splitlines())
    assert (found["engine"], found["programs"], found["ends"]) == ("native", "3", "fault 1, halt 2")
    assert (found["instructions"], found["output"]) == ("28", "5 values")


def test_bytes_end_with_a_line(ccc: Ccc, save: Save) -> None:
    save(put_out(1, 255), "a.bin"), save(put_out(65), "b.bin")
    assert ccc("run", "a.bin", "b.bin", "--bytes").raw == b"a.bin:\n\x01\xff\nb.bin:\nA\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--trace", "t"), "take one image"),
        (("--save-state", "s"), "take one image"),
        (("--engine", "sparce"), "did you mean 'sparse'?"),
        (("--neural", "--perturb", "nonsense=1"), "no weight 'nonsense'"),
        (("--engine", "emulator", "--neural"), "exclude each other"),
    ],
)
def test_usage_of_several(ccc: Ccc, save: Save, options: tuple[str, ...], message: str) -> None:
    save(SUM, "a.bin"), save(HELLO, "b.bin")
    done = ccc("run", "a.bin", "b.bin", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_given_weights_are_for_one_kind_of_image(ccc: Ccc, save: Save) -> None:
    save(SUM, "a.bin"), save(SUBLEQ, "b.bin")
    done = ccc("run", "a.bin", "b.bin", "--neural", "--perturb", "fetch.a.query1[cpu]=1")
    assert (done.code, done.out) == (2, "")
    assert "several dialects" in done.err
    changed = ("--perturb", "execute.add.0.result.0.value[x]=2")
    assert ccc("run", "a.bin", "a.bin", "--neural", "--in", "3,4", *changed).out == "a.bin:\n3\n10\n" * 2


def test_one_image_that_cannot_be_read_stops_all(ccc: Ccc, save: Save) -> None:
    save(SUM, "a.bin")
    done = ccc("run", "a.bin", "absent.bin")
    assert (done.code, done.out) == (6, "")
