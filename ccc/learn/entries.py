"""What an attempt came to, as plain data for results files and as lines for people."""

from __future__ import annotations

from typing import Any

from ccc.learn.attempt import Attempt, Status
from ccc.learn.cases import PARTS
from ccc.learn.summary import short
from ccc.learn.verify import Verification
from ccc.machine import counted
from ccc.skills.records import Record

_WORDS = {"train": "training", "held_out": "held-out", "longer": "longer"}


def attempt_entry(result: Attempt) -> dict[str, Any]:
    """Plain data. verified: whether the program is right on each part, and does the same in the Transformer."""
    found, verification = result.found, result.verification
    entry: dict[str, Any] = {
        "name": result.spec.name,
        "status": str(result.status),
        "method": found.method if found else None,
        "candidates": result.candidates,
        "seconds": round(result.seconds, 3),
        "best": result.right,
        "rejected": result.rejected,
        "program": list(result.program),
        "parents": list(parents_of(result)),
        "verified": verified_entry(verification),
        "where": where(verification),
    }
    if verification is not None:
        entry |= {"length": verification.length, "instructions": verification.instructions}
    return entry


def record_entry(record: Record) -> dict[str, Any]:
    """The same of a skill that was learnt at another time, from its record."""
    return {
        "name": record.skill,
        "status": str(Status.LEARNT),
        "method": record.method,
        "candidates": record.candidates,
        "seconds": record.seconds,
        "best": 1.0,
        "parents": list(record.parents),
        "verified": {**{part: True if record.verified.get(part) else None for part in PARTS}, "neural": record.neural},
        "length": record.program_length,
        "instructions": record.instructions,
    }


def parents_of(result: Attempt) -> tuple[str, ...]:
    """The skills of the library that the program is made of, each once."""
    mixtures = result.found.mixtures if result.found else ()
    own = {mixture.name for mixture in mixtures}
    return tuple(dict.fromkeys(name for mixture in mixtures for name in mixture.skills if name not in own))


def verified_entry(verification: Verification | None) -> dict[str, bool | None]:
    """Which parts are right as a whole: none of them where nothing was verified. None for a part without cases."""
    if verification is None:
        return dict.fromkeys((*PARTS, "neural"), False)
    checked = {part: getattr(verification, part) for part in PARTS}
    right = {part: check.right == check.cases if check.cases else None for part, check in checked.items()}
    return {**right, "neural": verification.neural}


def where(verification: Verification | None) -> str:
    """Where a program fails, or nothing."""
    if verification is None or verification.passed:
        return ""
    return verification.problem or str(verification.failure)


def attempt_lines(result: Attempt) -> list[str]:
    """What an attempt came to: how it ended, the best program, where that fails or on what it is exact."""
    rate = f", {short(result.candidates / result.seconds)} a second" if result.seconds else ""
    cost = f"{short(result.candidates)} candidates in {result.seconds:.1f} s{rate}"
    name, verification = result.spec.name, result.verification
    if result.learnt and result.found is not None:
        lines = [f"{name}: learnt by {result.found.method}: {cost}", *result.program]
        return [*lines, *_verified_lines(verification)] if verification else lines
    how = "interrupted" if result.interrupted else "not learnt"
    lines = [f"{name}: {how}: {cost}"]
    if not result.program:
        return [*lines, "nothing was found that gets any of the training examples right"]
    if result.rejected:
        programs = "1 program is" if result.rejected == 1 else f"{result.rejected:,} programs are"
        lines.append(f"{programs} right on all training examples, and then fail{'s' * (result.rejected == 1)}")
    lines += [f"the best is right on {result.right:.1%} of the training examples:", *result.program]
    fails = where(verification)
    return [*lines, f"it fails: {fails}"] if fails else lines


def _verified_lines(verification: Verification) -> list[str]:
    counts = verification.counts
    cases = ", ".join(f"{counts[part]:,} {_WORDS[part]}" for part in PARTS if counts[part])
    lines = [
        f"exact on {cases} examples; emulator and Transformer agree, bit for bit",
        f"{counted(verification.length, 'step')}; {counted(verification.instructions, 'instruction')} on all examples",
    ]
    missing = [_WORDS[part] for part in PARTS if not counts[part]]
    if missing:
        lines.append(f"the spec has no {' and no '.join(missing)} examples: nothing more is known")
    if verification.repeated:
        lines.append(f"{verification.repeated:,} examples were left out, as they are training examples")
    return lines
