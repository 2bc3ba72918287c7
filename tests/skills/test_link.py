"""Linked images: skills and data, and nothing else that is needed to run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.emulator import Emulator
from ccc.errors import SkillError, SourceError
from ccc.machine import Image
from ccc.skills import Library, link_call, link_skills

MAIN = """    .invoke norm2, v, q, =2
        out q.data
        halt
"""


def outputs(image: Image) -> list[float]:
    emulator = Emulator()
    emulator.start(image)
    emulator.run(100_000)
    assert emulator.state().halted
    return emulator.outputs()


def test_skills_and_all_that_they_rest_on(library: Library) -> None:
    image = link_skills(library, ["square", "norm2"])
    assert [skill.name for skill in image.info.skills] == ["square", "dot", "norm2"]
    assert outputs(image) == []


def test_data_in_static_memory(library: Library) -> None:
    image = link_skills(library, ["dot"], data={"x": [1, 2.5, -3], "A": [[1, 2], [3, 4]], "n": 3})
    symbols, cells = image.info.symbols, image.state.cells
    assert cells[symbols["x.data"] : symbols["x.data"] + 3].tolist() == [1, 2.5, -3]
    assert cells[symbols["A"] : symbols["A"] + 4].tolist() == [symbols["A.data"], 1, 2, 2]
    assert cells[symbols["A.data"] : symbols["A.data"] + 4].tolist() == [1, 2, 3, 4]


def test_a_main_program(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "main.s"
    path.write_text(MAIN, encoding="utf-8")
    data = {"v": [3, 4], "q": 0}
    assert outputs(link_skills(library, ["norm2"], main=path, data=data)) == [25]
    path.write_text(".require norm2\n.stack 100\n" + MAIN, encoding="utf-8")
    image = link_skills(library, [], main=path, data=data)
    assert outputs(image) == [25]
    stack = image.info.layout.find("stack")
    assert stack is not None
    assert stack.size == 100, "what the program says"
    path.write_text(MAIN, encoding="utf-8")
    with pytest.raises(SourceError, match="no skill 'norm2'"):
        link_skills(library, ["dot"], main=path, data=data)


def test_one_call(library: Library) -> None:
    values = {"x": [1, 2, 3], "w": [0.5, -1, 2], "b": 0.25}
    assert outputs(link_call(library, "weighted", values)) == [4.75, 9.5]
    image = link_call(library, "weighted", values, jacobian=True, others=["norm2"])
    assert outputs(image) == [0.5, -1, 2, 1, 2, 3, 1, 1, -2, 4, 2, 4, 6, 2]
    assert [skill.name for skill in image.info.skills] == ["weighted", "dot", "norm2"]


@pytest.mark.parametrize("name", ["x y", "x.y", "", "1x"])
def test_names_that_data_cannot_have(library: Library, name: str) -> None:
    with pytest.raises(SkillError, match="is no name for data"):
        link_skills(library, ["dot"], data={name: 1})


def test_data_that_are_none(library: Library) -> None:
    with pytest.raises(SkillError, match="expected finite numbers"):
        link_skills(library, ["dot"], data={"x": [[[1]]]})
    with pytest.raises(SkillError, match="in rows of one length"):
        link_skills(library, ["dot"], data={"x": [[1], [1, 2]]})
    with pytest.raises(SkillError, match="has no Jacobian code"):
        link_call(library, "dot", {"x": [1], "y": [1]}, jacobian=True)
