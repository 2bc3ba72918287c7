"""How a skill was learnt, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccc.machine import counted

if TYPE_CHECKING:
    from ccc.skills.records import Record


def record_lines(record: Record) -> Iterator[str]:
    """One fact a line. What a library from elsewhere says is not to be trusted with escape sequences."""
    cases = ", ".join(f"{count:,} {part.replace('_', ' ')}" for part, count in record.verified.items())
    tried = "steps of Adam" if record.scores else "candidates"
    scores = [f"{name} {score:.4f} on {part}" for part, some in record.scores.items() for name, score in some.items()]
    facts = {
        "parents": ", ".join(record.parents) or "none",
        "helpers": ", ".join(record.helpers),
        "method": f"{record.method}, {record.candidates:,} {tried}, {record.seconds:,.3g} s, seed {record.seed}",
        "length": counted(record.program_length, "step"),
        "verified": f"{cases} cases, {record.instructions:,} instructions"
        + (", emulator and Transformer equal" if record.neural else ""),
        "scores": ", ".join(scores).replace("_", " "),
        "spec": record.spec,
        "date": record.date,
    }
    for name, text in facts.items():
        if text:
            yield f"{name:<9} " + "".join(ch if ch.isprintable() else "\ufffd" for ch in text)
