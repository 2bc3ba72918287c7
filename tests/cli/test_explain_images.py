"""`ccc explain` of images: names of data, sizes, input, what a call costs, which skills stand on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Ccc
from tests.skills.conftest import FOLDER

NESTED = """.skill outer
    .input x
    .output s
    .constant n
    .scratch p, t
        mov  p, x
        .invoke inner, x:p, s, n, t
        .invoke leaf, x:p, s
.endskill
.skill inner
    .input x
    .output s
    .constant n, q
    .scratch p
        .invoke leaf, x, s      # slots of its own
        .invoke leaf, n, s
        .invoke leaf, q, s
        mov  p, x               # what is out of sight from here
        addi p, 1
        .invoke leaf, x:p, s
        mov  p, q
        .invoke leaf, x:p, s
        addi p, 1
        .invoke leaf, q:p, s
        .invoke leaf, far.data, s
        .invoke leaf, =7, s
.endskill
.skill leaf
    .input a
    .output b
    .scratch v
        ld   v, a
        st   b, v
.endskill
        .invoke outer, x, s, n
        .invoke leaf, far.data, s
        .invoke leaf, x.data + 2, s
        halt
.data
x.data: .reals 1.5 2 3
far.data: . 9
s.data: . 0
n.data: . 3
.pointer x, x.data, 3
.pointer far, far.data
.pointer s, s.data
.pointer n, n.data
.stack 200
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No libraries but those that a test names."""
    monkeypatch.setattr("ccc.skills.folders.own_library", lambda: None)
    monkeypatch.delenv("CCC_LIBRARY", raising=False)


def assembled(ccc: Ccc, folder: Path, source: str) -> None:
    (folder / "prog.s").write_text(source, encoding="utf-8")
    assert ccc("assemble", "prog.s").code == 0


def test_names_say_whose_they_are(ccc: Ccc, tmp_path: Path) -> None:
    assembled(ccc, tmp_path, NESTED)
    symbols = ccc("inspect", "--json").json["symbols"]
    far, at = symbols["far.data"], symbols["x.data"]
    lines = ccc("explain", "state.bin").out.splitlines()
    assert lines[lines.index("a run: the program of the image") + 1 : -1] == [
        "  outer(x=x: [1.5, 2, 3], n=n: 3) -> s: 1.5",
        "    inner(x=x: 1.5, n=n: 3, q=t: 0) -> s: 7",
        "      leaf(a=x: 1.5) -> s: 1.5",
        "      leaf(a=n: 3) -> s: 3",
        "      leaf(a=q: 0) -> s: 0",
        "      leaf(a=outer.x[1]: 2) -> s: 2",
        "      leaf(a=q: 0) -> s: 0",
        f"      leaf(a=outer.fp-1: {at}) -> s: {at}",
        f"      leaf(a=far@{far}: 9) -> s: 9",
        "      leaf(a=7) -> s: 7",
        "    leaf(a=x: 1.5) -> s: 1.5",
        "  leaf(a=far: 9) -> s: 9",
        "  leaf(a=x[2]: 3) -> s: 3",
    ]


def test_vectors_and_matrices_have_the_shapes_of_their_pointers(ccc: Ccc) -> None:
    """No card is in reach of the command that explains."""
    ccc("link", "--call", "weighted", "x=1,2,3", "w=0.5,-1,2", "b=.25", "--library", str(FOLDER))
    (call,) = ccc("explain", "state.bin", "--json").json["run"]["calls"]
    assert [(value["slot"], value["before"]) for value in call["slots"] if value["role"] != "output"] == [
        ("x", [1, 2, 3]),
        ("n", [3]),
        ("w", [0.5, -1, 2]),
        ("b", [0.25]),
    ]
    ccc("link", "--call", "weighted", "--jacobian", "x=1,2", "w=0.5,-1", "b=.25", "--library", str(FOLDER))
    assert "  weighted.jacobian(x=x: [1, 2], n=n: 2, w=w: [0.5, -1], b=b: 0.25) -> jacobian: [" in (
        ccc("explain", "state.bin").out
    )


def test_input(ccc: Ccc, tmp_path: Path) -> None:
    program = "in x\nin x\n.invoke leaf, x, s\nin x\nhalt\n.data\nx: . 0\ns: . 0\n.stack 99\n.code\n"
    leaf = NESTED[NESTED.index(".skill leaf") :].partition(".endskill\n")
    assembled(ccc, tmp_path, program + leaf[0] + leaf[1])
    assert "  leaf(a=x: 5) -> s: 5\n" in (done := ccc("explain", "state.bin", "--in", "4,5,6")).out
    assert "asked for input" not in done.out
    assert "asked for input once after its end" in ccc("explain", "state.bin", "--in", "4,5").out
    (tmp_path / "bytes").write_bytes(b"A")
    done = ccc("explain", "state.bin", "--input", "bytes")
    assert "  leaf(a=x: -1) -> s: -1\n" in done.out
    assert done.out.endswith("asked for input 2 times after its end, and got -1: --in or --input gives it more\n")
    assert ccc("explain", "state.bin", "--in", "4", "--json").json["run"]["asked_after_end"] == 2
    done = ccc("explain", "dot", "--in", "1", "--library", str(FOLDER))
    assert (done.code, "--in and --input go with an image" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["dot", "norm2", "weighted"])
def test_a_cost_is_the_same_in_every_command(ccc: Ccc, name: str) -> None:
    library = ("--library", str(FOLDER))
    listed = {
        skill["skill"]: skill["instructions"] for skill in ccc("skills", "list", "--json", *library).json["skills"]
    }
    cost = listed[name]
    assert ccc("skills", "show", name, "--json", *library).json["costs"][0] == cost
    assert ccc("explain", name, "--json", *library).json["run"]["calls"][0]["instructions"] == cost
    assert f", {cost:,} from EXEC of {name} to its return\n" in ccc("explain", name, *library).out


JACOBIANS = """.skill outer
    .input x
    .output y
        .invoke leaf, x, y
    .jacobian
        .invoke only, x, jacobian
.endskill
.skill only
    .input a
    .output b
        .invoke leaf, a, b
.endskill
.skill alone
    .input a
    .output b
        .invoke leaf, a, b
.endskill
"""


def test_skills_that_only_jacobian_code_calls_are_no_roots(ccc: Ccc, tmp_path: Path) -> None:
    leaf = NESTED[NESTED.index(".skill leaf") :].partition(".endskill\n")
    assembled(ccc, tmp_path, "halt\n.stack 99\n.code\n" + JACOBIANS + leaf[0] + leaf[1])
    lines = ccc("explain", "state.bin").out.splitlines()
    at = lines.index("rests on")
    assert lines[at + 1 : at + 6] == [
        "  outer",
        "  `- leaf",
        "  alone",
        "  `- leaf",
        "  only, called by Jacobian code only, of outer",
    ]
    assert not any(line.startswith("only(") for line in lines)
    skills = {skill["name"]: skill for skill in ccc("explain", "state.bin", "--json").json["skills"]}
    assert (skills["outer"]["calls"], skills["outer"]["jacobian_calls"]) == (["leaf"], ["only"])
