"""Every differentiable skill of the library: what is derived against the Jacobian code that is written by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ccc.errors import SourceError
from ccc.isa import Fault
from ccc.skills.call import Call, call_skill
from ccc.skills.derive import derive_file
from ccc.skills.library import Library

LIBRARY = Library.default()
NOT_DERIVED = {"fexp": "ftoi"}
"""Skills whose Jacobian code has to be written by hand, and the instruction that is why."""
KINKS = {("fdiv", 0.0): "0 / b is a way of its own, which is constant"}


@pytest.mark.parametrize("name", [skill.name for skill in LIBRARY if skill.card.differentiable])
def test_derived_and_written_agree(name: str, tmp_path: Path) -> None:
    skill = LIBRARY.find(name)
    if name in NOT_DERIVED:
        with pytest.raises(SourceError, match=NOT_DERIVED[name]):
            derive_file(skill.source, libraries=LIBRARY.folders, replace=True)
        return
    derived = derive_file(skill.source, libraries=LIBRARY.folders, replace=True)
    (tmp_path / skill.source.name).write_text(derived.text.replace('.include "', f'.include "{skill.source.parent}/'))
    shutil.copy(skill.source.with_suffix(".yaml"), tmp_path)
    library = Library([tmp_path, *LIBRARY.folders])
    for example in skill.card.examples[:3]:
        first = next(iter(example.given.values()), np.zeros(1)).reshape(-1)
        if example.fault is not None or (first.size and (name, float(first[0])) in KINKS):
            continue
        by_hand = call_skill(LIBRARY, name, example.given, before=example.before, jacobian=True)
        found = call_skill(library, name, example.given, before=example.before, jacobian=True)
        assert found.fault is by_hand.fault is Fault.NONE
        scale = 1e-12 * max(1.0, np.abs(by_hand.jacobian).max(initial=0))
        np.testing.assert_allclose(found.jacobian, by_hand.jacobian, rtol=1e-12, atol=scale)


def test_stack_grows_with_the_data_that_jacobian_code_copies() -> None:
    """Derived code keeps a copy of each real slot on the stack, and tangents beside it."""
    size = 10_000
    call = Call(LIBRARY.find("fsum"), {"n": size}, jacobian=True)
    stack = call.image({"x": np.ones(size), "n": np.array(size)}).info.layout.find("stack")
    assert stack is not None
    assert stack.size > 2 * size
