"""No forgetting: the tests of skills run again, and whether anything about them has changed, bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ccc.errors import CccError
from ccc.skills import Library, Tester
from ccc.skills.call import Call
from ccc.skills.model import sizes_of

ENGINE = "emulator"
FAULTY = "faulty"
"""Stands for the digest of a skill that cannot be run."""


@dataclass(slots=True)
class Retest:
    """What testing skills again came to. digests: by skill, of all that its tests leave in memory, the registers and
    the number of instructions; `FAULTY` where it cannot be run.
    """

    digests: dict[str, str] = field(default_factory=dict)

    def changed(self, before: Mapping[str, str]) -> tuple[str, ...]:
        """The skills that do not do what they did. before: their digests of an earlier time, where there is one."""
        return tuple(name for name, digest in self.digests.items() if before.get(name, digest) != digest)


def retest(library: Library, names: Iterable[str]) -> Retest:
    """Run all tests of these skills."""
    tester = Tester(library, (ENGINE,))
    return Retest({name: digest_of(tester, library, name) for name in names})


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
            cells, registers, instructions = tester.run(ENGINE, calls[key], example).same_as
            digest.update(cells + registers + instructions.to_bytes(8, "little"))
    except CccError:
        return FAULTY
    return digest.hexdigest()
