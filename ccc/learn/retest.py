"""No forgetting: the tests of skills run again, and whether anything about them has changed, bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from ccc.errors import CccError
from ccc.isa import Fault
from ccc.skills import Card, Library, Tester
from ccc.skills.call import Call, Result
from ccc.skills.closeness import wrong_outputs
from ccc.skills.model import Example, sizes_of

ENGINE = "emulator"
FAULTY = "faulty"
"""Stands for the digest of a skill that cannot be run, or does not do what its card says."""


def changed(digests: Mapping[str, str], before: Mapping[str, str]) -> tuple[str, ...]:
    """The skills that do not do what they did, or what their cards say, in order of name."""
    pairs = sorted(digests.items())
    return tuple(name for name, digest in pairs if digest == FAULTY or before.get(name, digest) != digest)


def retest(library: Library, names: Iterable[str]) -> dict[str, str]:
    """Run all tests of these skills. By skill, a digest of all that its tests leave in memory, the registers and the
    number of instructions; or `FAULTY`.
    """
    tester = Tester(library, (ENGINE,))
    return {name: digest_of(tester, library, name) for name in names}


def _as_said(card: Card, example: Example, result: Result) -> bool:
    """Whether a call ends as its test says."""
    if example.fault is not None or result.fault is not Fault.NONE:
        return result.fault == (example.fault or Fault.NONE)
    return not wrong_outputs(card, result.outputs, example.expected)


def digest_of(tester: Tester, library: Library, name: str) -> str:
    """A checksum over what the tests of a skill come to."""
    digest = hashlib.sha256()
    calls: dict[tuple[object, ...], Call] = {}
    try:
        skill = library.find(name)
        card = skill.card
        for example in card.examples:
            sizes = sizes_of(card, {**example.given, **example.expected})
            key = (example.width, *sizes.items())
            if key not in calls:
                calls[key] = Call(skill, sizes, width=example.width)
            result = tester.run(ENGINE, calls[key], example)
            if not _as_said(card, example, result):
                return FAULTY
            cells, registers, instructions = result.same_as
            digest.update(cells + registers + instructions.to_bytes(8, "little"))
    except CccError:
        return FAULTY
    return digest.hexdigest()
