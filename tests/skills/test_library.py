"""Libraries: what is found where, and cards that do not agree with their sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccc.errors import CardError, SkillError, SourceError
from ccc.skills import Library, libraries
from tests.skills.conftest import FOLDER, Write
from tests.skills.sources import CARD, SOURCE


def test_what_a_library_holds(library: Library) -> None:
    assert library.names == ["dot", "norm2", "square", "weighted"]
    assert [skill.name for skill in library] == library.names
    assert len(library) == 4
    assert "dot" in library
    assert [card.name for card in library.cards()] == ["square", "dot", "norm2", "weighted"]


def test_what_a_skill_rests_on(write: Write) -> None:
    folder = write("a", ".skill a\n.endskill", None)
    write("deep/b", ".require a\n.skill b\n.invoke a\n.endskill", None)
    write("c", ".require b\n.skill c\n.invoke b\n.endskill", "skill: c\nkind: real\ndescription: x\noutputs: {}\n")
    skill = Library([folder]).find("c")
    assert skill.requires == ("b",)
    assert skill.rests_on == ("a", "b")
    assert skill.card.slots == ()


def test_folders_that_belong_to_no_library(write: Write) -> None:
    card = "skill: a\nkind: real\ndescription: x\noutputs: {}\n"
    folder = write("tasks/deep/a", ".skill a\n.endskill", card)
    write("b", ".require a\n.skill b\n.invoke a\n.endskill", card.replace("skill: a", "skill: b"))
    assert Library([folder]).names == ["a", "b"]
    assert Library([folder]).find("b").requires == ("a",)
    (folder / "tasks" / ".nolibrary").touch()
    assert Library([folder]).names == ["b"]
    with pytest.raises(SkillError, match="no skill 'a'"):
        Library([folder]).find("a")
    with pytest.raises(SourceError, match="a"):
        _ = Library([folder]).find("b").rests_on


def test_the_first_library_wins(write: Write) -> None:
    folder = write(
        "dot", ".skill dot\n.output y\n.endskill", "skill: dot\nkind: real\ndescription: x\noutputs: {y: real}"
    )
    assert Library([FOLDER, folder]).card("dot").description == "The dot product of two vectors."
    assert Library([folder, FOLDER]).card("dot").description == "x"
    assert len(Library([folder, FOLDER])) == 4


def test_two_skills_of_one_name(write: Write) -> None:
    write("one/f", SOURCE, CARD)
    folder = write("two/f", SOURCE, CARD)
    with pytest.raises(SkillError, match=r"two skills 'f' in library .*one/f\.s and .*two/f\.s"):
        Library([folder])


def test_what_is_not_there(library: Library, tmp_path: Path) -> None:
    with pytest.raises(SkillError) as caught:
        library.find("nrm2")
    assert caught.value.hint == "did you mean 'norm2'?"
    with pytest.raises(SkillError, match="no folder"):
        Library([tmp_path / "absent"])
    with pytest.raises(SkillError) as caught:
        Library([]).find("dot")
    assert "--library" in caught.value.hint


def test_halves_of_skills(write: Write) -> None:
    write("source", SOURCE, None)
    library = Library([write("card", None, CARD)])
    assert library.names == []
    with pytest.raises(SkillError, match=r"no card source\.yaml beside it"):
        library.find("source")
    with pytest.raises(SkillError, match=r"no source card\.s beside it"):
        library.find("card")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("skill: twice", "skill: thrice", "the card of 'thrice' stands in twice.yaml"),
        ("inputs: {x: real}", "inputs: {z: real}", "inputs differ: the card has z; the source, at .*, has x"),
        ("inputs: {x: real}", "", "inputs differ: the card has none; the source, at .*, has x"),
        ("outputs: {y: real}", "outputs: {y: real, z: real}", "outputs differ: the card has y, z; the source"),
    ],
)
def test_a_card_that_does_not_agree(write: Write, old: str, new: str, expected: str) -> None:
    card = CARD.replace(old, new).partition("tests:")[0]
    with pytest.raises(CardError, match=expected):
        Library([write("twice", SOURCE, card)]).card("twice")


def test_jacobian_code_that_is_missing(write: Write) -> None:
    source = SOURCE.partition("    .jacobian")[0] + ".endskill"
    with pytest.raises(CardError, match=r"says differentiable, but the source, at .*twice\.s:1:8, has no \.jacobian"):
        Library([write("twice", source, CARD)]).card("twice")


def test_sources_that_are_none(write: Write) -> None:
    with pytest.raises(SkillError, match=r"has no `\.skill twice`"):
        Library([write("twice", SOURCE.replace("twice", "thrice"), CARD)]).card("twice")
    with pytest.raises(SourceError, match="no skill 'absent' to be found"):
        Library([write("twice", ".require absent\n" + SOURCE, CARD)]).card("twice")


def test_order_of_the_default_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setenv("CCC_LIBRARY", os.pathsep.join(["", *map(str, folders[1:])]))
    assert libraries([folders[0]])[:3] == tuple(folders)
    assert libraries([folders[2]])[:2] == (folders[2], folders[1]), "each once"
    monkeypatch.setenv("CCC_LIBRARY", str(tmp_path / "absent"))
    with pytest.raises(SkillError, match=r"CCC_LIBRARY: .*absent is no folder"):
        libraries()
