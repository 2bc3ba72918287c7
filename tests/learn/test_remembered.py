"""What is remembered of a skill is forgotten when a file changes that it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccc.learn.search.remembered import files_of, remembered
from ccc.skills import Library
from ccc.skills.folders import own_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`twice`, which calls `add`, and an `add` of its own."""
    own = own_library()
    assert own is not None
    for name in ("add", "mul"):
        for suffix in (".s", ".yaml"):
            text = (own / "atoms" / f"{name}{suffix}").read_text(encoding="utf-8")
            (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
    (tmp_path / "parts.inc").write_text((own / "atoms" / "parts.inc").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "twice.s").write_text("    .require add\n.skill twice\n.endskill\n", encoding="utf-8")
    (tmp_path / "twice.yaml").write_text("skill: twice\n", encoding="utf-8")  # nothing here reads it
    return tmp_path


def test_nothing_stale_is_remembered(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    asked: list[str] = []

    def ask(library: Library, what: str = "a") -> int:
        return remembered(library, "twice", (what,), lambda: asked.append(what) or len(asked))

    library = Library([folder])
    assert {path.name for path in files_of(library, "twice")} == {"twice.s", "twice.yaml", "add.s", "add.yaml"}
    assert [ask(library), ask(library), ask(Library([folder])), ask(library, "b"), ask(library)] == [1, 1, 1, 2, 1]
    (folder / "mul.s").touch()
    assert ask(Library([folder])) == 1, "it does not rest on that"
    card = folder / "add.yaml"
    card.write_text(card.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    assert ask(Library([folder])) == 3
    first = tmp_path_factory.mktemp("first")
    for suffix in (".s", ".yaml"):
        (first / f"add{suffix}").write_text((folder / f"add{suffix}").read_text(encoding="utf-8"), encoding="utf-8")
    (first / "parts.inc").write_text((folder / "parts.inc").read_text(encoding="utf-8"), encoding="utf-8")
    assert ask(Library([first, folder])) == 4, "another skill of that name comes first"
