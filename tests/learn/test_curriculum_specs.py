"""The curriculum: each reference computes what its name says, by an independent definition in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.learn.curricula import all_cases, check, plain, small_spec, spec_files
from tests.learn.curriculum_definitions import SCALARS, SEVERAL

FILES = spec_files("curriculum")


def test_every_spec_has_a_definition_and_a_reference() -> None:
    assert {path.stem for path in FILES} == {*SCALARS, *SEVERAL}
    assert {path.stem for path in (FILES[0].parent / "reference").glob("*.s")} == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_references_of_the_curriculum(path: Path) -> None:
    spec = small_spec(path)
    assert spec.name == path.stem
    assert spec.numbers == (0, 1, 2)
    for case in all_cases(spec):
        values = plain(spec, case)
        several = SEVERAL[spec.name](values) if spec.name in SEVERAL else None
        for slot in spec.card.outputs:
            check(spec, case, slot.name, several[slot.name] if several else SCALARS[spec.name](values))
