"""The specs that come with ccc, read with few cases, and compared with definitions in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ccc.learn import Case, Spec
from ccc.learn.spec import parse_spec
from ccc.skills import Type

SKILLS = Path(__file__).resolve().parents[2] / "skills"
FEW = 6


def spec_files(folder: str) -> list[Path]:
    return sorted((SKILLS / folder).glob("*.yaml"))


def small_spec(path: Path, cases: int = FEW) -> Spec:
    """The spec with a few cases in each part, drawn and answered by its reference."""
    text = re.sub(r"^( *cases:) \d+$", rf"\1 {cases}", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return parse_spec(text, path)


def all_cases(spec: Spec) -> Iterator[Case]:
    yield from (*spec.examples.train, *spec.examples.held_out, *spec.examples.longer)


def plain(spec: Spec, case: Case) -> dict[str, Any]:
    """What a case gives, as numbers and lists, whole numbers where the slots are no reals."""
    real = {slot.name: slot.type is Type.REAL for slot in spec.card.slots}
    return {name: (value if real[name] else value.astype(int)).tolist() for name, value in case.given.items()}


def check(spec: Spec, case: Case, output: str, wanted: Any) -> None:
    """Raises AssertionError where the reference does not compute what was wanted, up to 32-bit wrapping."""
    slot = spec.card.slot(output)
    found = case.expected[output]
    if slot is not None and slot.type is not Type.REAL:
        wanted = (np.asarray([int(item) for item in np.asarray(wanted).reshape(-1)]) + 2**31) % 2**32 - 2**31
        found = found.reshape(-1)
    np.testing.assert_allclose(
        found, np.asarray(wanted, dtype=float), rtol=1e-12, atol=1e-11, err_msg=f"{spec.name}: {plain(spec, case)}"
    )
