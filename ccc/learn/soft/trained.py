"""One training from beginning to end: weights, the skill that they make, what it is worth, its place in a library."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccc.errors import FileError
from ccc.learn.attempt import Status
from ccc.learn.cases import PARTS
from ccc.learn.install import put
from ccc.learn.soft.check import SAME, Part, check, tested_card, written
from ccc.learn.soft.checkpoint import Checkpoint
from ccc.learn.soft.fit import Epoch, Fit
from ccc.learn.soft.spec import SoftSpec
from ccc.neural.threads import torch_threads
from ccc.skills import Library
from ccc.skills.cards_write import card_source
from ccc.skills.library import RECORD_SUFFIX
from ccc.skills.records import Record, record_text

METHOD = "training"
_SAVE = 5.0  # seconds between two checkpoints
_THREADS = 1  # a mini-batch is too small for more


@dataclass(slots=True)
class Trained:
    """What a training came to. parts: held out, and longer, as the skill does on them. interrupted: by Ctrl-C."""

    spec: SoftSpec
    fit: Fit
    seconds: float = 0.0
    interrupted: bool = False
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def loss(self) -> float:
        """In the last epoch."""
        return self.fit.losses[-1] if self.fit.losses else 0.0

    @property
    def instructions(self) -> int:
        """Executed on all cases by the emulator."""
        return sum(part.instructions for part in self.parts.values())

    @property
    def exact(self) -> bool:
        """Whether emulator and Transformer agree on all cases."""
        return all(part.exact for part in self.parts.values())

    @property
    def problems(self) -> list[str]:
        """Why it does not count as learnt."""
        found = []
        if self.diverged:
            found.append(f"training diverged in epoch {self.fit.epoch}: the loss is no number; try a smaller rate")
        for name, part in self.parts.items():
            if part.departures:
                found.append(f"on {part.departures} {name} cases the Transformer ends otherwise than the emulator")
            if part.apart > SAME:
                found.append(f"on {name} cases it is {part.apart:.1e} from the same weights in torch")
        scores = self.parts["held_out"].scores if "held_out" in self.parts else {}
        for name, aim in self.spec.aim.items() if scores else ():
            if scores.get(name, -1.0) < aim:
                found.append(f"{name} on held-out cases is {scores.get(name, 0.0):.4g}, and the spec asks for {aim:g}")
        return found

    @property
    def diverged(self) -> bool:
        """Whether the loss is no number any more."""
        return not math.isfinite(self.loss)

    @property
    def learnt(self) -> bool:
        return "held_out" in self.parts and not self.problems and not self.interrupted


@dataclass(frozen=True, slots=True)
class Stage:
    """How far it is. epoch: while it is trained. part, cases: while it is run on cases."""

    epoch: Epoch | None = None
    part: str = ""
    cases: int = 0


def train(
    spec: SoftSpec,
    library: Library,
    *,
    seed: int | None = None,
    seconds: float | None = None,
    checkpoint: Path | None = None,
    report: Callable[[Stage], None] = lambda stage: None,
) -> Trained:
    """Train the weights of a spec, and run the skill that they make on all cases but those of training.

    seed: instead of the spec's. seconds: after which no other epoch is begun. checkpoint: a file where training goes on
    from, and which is kept up to date. On Ctrl-C all of it ends, with what there is by then. Raises SkillError where
    the program cannot be trained, CardError where its labels are others than the data's, and what reading and
    writing files does.
    """
    fit = Fit(spec, library, spec.seed if seed is None else seed)
    found = Trained(spec, fit)
    saved = Checkpoint(checkpoint, fit) if checkpoint is not None else None
    before = saved.load() if saved is not None else 0.0
    start = last = time.monotonic()
    try:
        with torch_threads(_THREADS):
            for epoch in fit.epochs():
                now = time.monotonic()
                if saved is not None and epoch.restart < 0:
                    saved.keep(before + now - start)
                    if now - last > _SAVE and not found.diverged:
                        saved.write()
                        last = now
                report(Stage(epoch))
                if found.diverged and epoch.restart < 0:
                    break
                if seconds is not None and before + now - start > seconds:
                    break
    except KeyboardInterrupt:
        found.interrupted = True
    finally:
        found.seconds = before + time.monotonic() - start
        if saved is not None:
            saved.write()
    if not (found.interrupted or found.diverged):
        try:
            _check(found, library, report)
        except KeyboardInterrupt:
            found.interrupted = True
    return found


def _check(found: Trained, library: Library, report: Callable[[Stage], None]) -> None:
    """Run the skill on all cases but those of training."""
    fit = found.fit
    with tempfile.TemporaryDirectory(prefix="ccc-train-") as folder:
        skill = written(fit, library, Path(folder))
        for name in PARTS[1:]:
            for part in check(fit, skill, name):
                report(Stage(None, name, part.cases))
            if part.cases:
                found.parts[name] = part


def join(found: Trained, library: Library, folder: Path) -> bool:
    """Put the trained skill, and its parts, into a library. Whether it is new there. Raises what `put` does."""
    spec, fit = found.spec, found.fit
    program = spec.program

    def write(partial: Path) -> None:
        skill = written(fit, library, partial)
        batch = spec.source.part("held_out", fit.seed)[0]
        card = card_source(tested_card(skill, batch, program))
        try:
            (partial / f"{program.name}.yaml").write_text(card, encoding="utf-8")
            (partial / f"{program.name}{RECORD_SUFFIX}").write_text(record_text(_record(found)), encoding="utf-8")
        except OSError as error:
            raise FileError(f"cannot write into {partial}: {error.strerror}") from None

    return put(folder, program.name, [*(part.name for part in program.parts), program.name], write)


def _record(found: Trained) -> Record:
    """How it was trained. candidates: steps of Adam."""
    program = found.spec.program
    return Record(
        skill=program.name,
        method=METHOD,
        candidates=found.fit.steps,
        seconds=round(found.seconds, 3),
        seed=found.fit.seed,
        spec=found.spec.checksum,
        parents=program.skills,
        program_length=program.length,
        instructions=found.instructions,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        helpers=tuple(part.name for part in program.parts),
        verified={name: part.cases for name, part in found.parts.items()},
        neural=found.exact,
        scores={name: dict(part.scores) for name, part in found.parts.items()},
    )


def trained_entry(found: Trained) -> dict[str, Any]:
    """What a training came to, as plain data, in the form of `attempt_entry`. candidates: steps of Adam."""
    held_out = found.parts.get("held_out")
    return {
        "name": found.spec.name,
        "status": str(Status.LEARNT if found.learnt else Status.NOT_LEARNT),
        "method": METHOD,
        "candidates": found.fit.steps,
        "seconds": round(found.seconds, 3),
        "best": min(held_out.scores.values(), default=0.0) if held_out is not None else 0.0,
        "rejected": 0,
        "program": list(found.spec.program.lines),
        "parents": list(found.spec.program.skills),
        "verified": {
            **{part: found.learnt if part in found.parts else None for part in PARTS},
            "neural": found.exact,
        },
        "where": "; ".join(found.problems),
        "length": found.spec.program.length,
        "instructions": found.instructions,
        "scores": {name: part.scores for name, part in found.parts.items()},
    }
