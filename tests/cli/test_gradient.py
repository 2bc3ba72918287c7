"""`ccc gradient`: places by name, the report, the check against difference quotients, and what goes wrong."""

from __future__ import annotations

import signal

import pytest

from ccc.emulator import Emulator
from ccc.machine import read_image
from tests.cli.conftest import Ccc, Save
from tests.cli.programs import ENDLESS, FAULT

POWER = """
loop:  in   factor
       jlt  factor, done
       fmul x, factor
       out  x
       jmp  loop
done:  fmul y + 1, x
       halt
.data
factor: . 0
x:      .reals 1.5
y:      .reals 2, 3, 4
"""

CUT = """
       ftoi n, x                   # the fraction of x
       itof n, n
       fsub x, n
       out  x
       halt
.data
x:     .reals 2.75
n:     . 0
"""


@pytest.mark.parametrize("engine", ["sparse", "dense"])
def test_json(ccc: Ccc, save: Save, engine: str) -> None:
    save(POWER)
    done = ccc(
        "gradient", "--of", "out:1", "--of", "y+1", "--wrt", "x", "--wrt", "in:0", "--wrt", "y:y+3", "--in", "2,5",
        "--engine", engine, "--json",
    )  # fmt: skip
    assert done.code == 0
    result = done.json
    assert result["engine"] == engine
    assert result["of"] == [{"name": "out:1", "value": 15}, {"name": "y+1", "value": 45}]
    assert result["wrt"] == ["x", "in:0", "y", "y+1", "y+2"]
    assert result["jacobian"] == [[10, 7.5, 0, 0, 0], [30, 22.5, 0, 15, 0]]
    assert (result["steps"], result["reason"]) == (14, "halt")
    assert result["segments"] >= 1
    assert result["peak_checkpoints"] == 1
    assert "check" not in result


def test_text(ccc: Ccc, save: Save) -> None:
    save(POWER)
    done = ccc("gradient", "--of", "out:1", "--wrt", "x", "--wrt", "in:0", "--in", "2,5")
    assert done.code == 0
    head, first, second, last = done.out.splitlines()
    assert head.split() == ["of", "value", "with", "respect", "to", "derivative"]
    assert first.split() == ["out:1", "15", "x", "10.0"]
    assert second.split() == ["out:1", "15", "in:0", "7.5"]
    assert last.startswith("14 instructions, ended by halt; recorded in 1 segment of up to ")


def test_check(ccc: Ccc, save: Save) -> None:
    save(POWER)
    arguments = ("gradient", "--of", "out:1", "--of", "y+1", "--wrt", "x", "--wrt", "in:0", "--in", "2,5", "--check")
    done = ccc(*arguments)
    assert done.code == 0
    assert "relative error" in done.out.splitlines()[0]
    check = ccc(*arguments, "--json").json["check"]
    assert check["agrees"] is True
    assert check["problems"] == {}
    assert max(max(row) for row in check["relative_errors"]) < 1e-9
    assert check["quotients"][0] == pytest.approx([10, 7.5], rel=1e-9)


def test_check_of_a_step_function(ccc: Ccc, save: Save) -> None:
    """The integer part has derivative 0, and so have its quotients."""
    save(CUT)
    done = ccc("gradient", "--of", "out:0", "--of", "n", "--wrt", "x", "--check", "--json")
    assert done.code == 0
    assert done.json["jacobian"] == [[1], [0]]
    assert done.json["check"]["relative_errors"][1] == [0]


def test_check_finds_a_wrong_derivative(ccc: Ccc, save: Save) -> None:
    """Rounding by FADD and FSUB is a step function too, of which the derivatives of FADD and FSUB know nothing."""
    save("fadd x, =6755399441055744.0; fsub x, =6755399441055744.0; halt; .data; x: .reals 2.6")
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--check")
    assert done.code == 1
    assert done.out.splitlines()[1].endswith("!")
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--check", "--json")
    assert done.code == 1
    assert done.json["check"]["agrees"] is False


MAGNITUDE = "jle x, no; fadd y, x; halt; no: fsub y, x; halt; .data; x: .reals {}; y: .reals 3"


def test_check_says_where_a_branch_leaves_no_derivative(ccc: Ccc, save: Save) -> None:
    save(MAGNITUDE.format("0"))
    done = ccc("gradient", "--of", "y", "--wrt", "x", "--check")
    assert done.code == 1
    assert "y has no derivative with respect to x here: its quotient is -1.0 from below and 1.0 from above" in done.out
    done = ccc("gradient", "--of", "y", "--wrt", "x", "--check", "--json")
    assert done.json["check"]["no_derivative"] == [["y", "x"]]


@pytest.mark.parametrize("value", ["0.25", "-0.25"])
def test_check_beside_a_branch_finds_the_derivative(ccc: Ccc, save: Save, value: str) -> None:
    save(MAGNITUDE.format(value))
    done = ccc("gradient", "--of", "y", "--wrt", "x", "--check", "--json")
    assert done.code == 0
    assert done.json["check"]["no_derivative"] == []


def test_check_without_a_quotient(ccc: Ccc, save: Save) -> None:
    save("add x, x; halt; .data; x: . 3")
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--check")
    assert done.code == 1
    assert "no difference quotient for x: beside its value, the program stopped with the fault integer" in done.out
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--check", "--json")
    assert done.json["check"]["quotients"] == [[None]]
    assert list(done.json["check"]["problems"]) == ["x"]


def test_places_by_address(ccc: Ccc, save: Save) -> None:
    path = save(POWER)
    x = read_image(path).info.symbols["x"]
    done = ccc("gradient", "--of", x, "--wrt", hex(x), "--wrt", f"{x}:{x + 2}", "--wrt", "y - 1", "--in", "2", "--json")
    assert done.json["wrt"] == [hex(x), str(x), str(x + 1), "y - 1"]
    assert done.json["jacobian"] == [[2, 2, 0, 2]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--of", "xx", "--wrt", "x"), "--of: 'xx' is neither an address nor a symbol of this image"),
        (("--of", "y:x", "--wrt", "x"), "--of y:x: its end, address 22, is not behind its start, address 23"),
        (("--of", "x", "--wrt", "facto"), "did you mean 'factor'"),
        (("--of", "in:0", "--wrt", "x"), "a port here is out:N"),
        (("--of", "x", "--wrt", "out:0"), "a port here is in:N"),
        (("--of", "x", "--wrt", "y:9000"), "must be 1 to 4,096 cells inside memory"),
        (("--of", "x", "--wrt", "y+1000"), "no cell"),
        (("--of", "out:9", "--wrt", "x"), "no output value number 9: the program put out 1"),
        (("--of", "x", "--wrt", "in:1"), "no input value number 1: there are 1"),
        (("--of", "x"), "Missing option '--wrt'"),
        (("--of", "x", "--wrt", "x", "--advance", "sparks"), "no engine 'sparks'"),
        (("--of", "x", "--wrt", "x", "--engine", "emulator"), "'emulator' is not one of"),
    ],
)
def test_bad_requests(ccc: Ccc, save: Save, arguments: tuple[str, ...], message: str) -> None:
    save(POWER)
    done = ccc("gradient", *arguments, "--in", "2")
    assert done.code == 2
    assert message in done.err


def test_a_fault(ccc: Ccc, save: Save) -> None:
    save(FAULT)
    done = ccc("gradient", "--of", "x", "--wrt", "x")
    assert done.code == 10
    assert "the program stopped with the fault division after 2 instructions" in done.err


def test_a_step_limit(ccc: Ccc, save: Save) -> None:
    save("loop: fmul x, x; jmp loop; .data; x: .reals 1.5")
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--max-steps", "4", "--check", "--json")
    assert done.code == 11
    assert done.json["jacobian"] == [[4 * 1.5**3]]
    assert done.json["check"]["agrees"] is True


@pytest.mark.parametrize("name", ["emulator", "dense"])
def test_another_engine_between_checkpoints(ccc: Ccc, save: Save, name: str) -> None:
    save(POWER)
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--in", "2,5,7", "--advance", name, "--json")
    assert done.json["jacobian"] == [[70]]


def test_weights_from_a_file(ccc: Ccc, save: Save) -> None:
    save(POWER)
    assert ccc("weights", "-o", "w.safetensors").code == 0
    assert ccc("gradient", "--of", "x", "--wrt", "x", "--in", "2", "--weights", "w.safetensors").code == 0
    assert ccc("weights", "-o", "plain.safetensors", "--isa", "subleq").code == 0
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--in", "2", "--weights", "plain.safetensors")
    assert done.code == 5


def test_ctrl_c(ccc: Ccc, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed while the program, which never ends, runs forward."""
    save(ENDLESS)
    pieces: list[int] = []

    def run(self: Emulator, max_steps: int) -> int:
        pieces.append(max_steps)
        if len(pieces) == 3:
            signal.raise_signal(signal.SIGINT)
        return executed(self, max_steps)

    executed = Emulator.run
    monkeypatch.setattr(Emulator, "run", run)
    done = ccc("gradient", "--of", "x", "--wrt", "x", "--advance", "emulator")
    assert (done.code, done.out, done.err.strip()) == (130, "", "interrupted")
    assert len(pieces) == 3
