"""Generations: each tries every spec that is not solved yet with the library so far; what is verified joins it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccc.errors import CardError, SkillError, UsageError
from ccc.learn.pool import Outcome, Pool, Task
from ccc.learn.priors import learnt_in
from ccc.learn.results import Entry, Results
from ccc.learn.retest import changed
from ccc.learn.tasks import ERROR, TAKEN, now
from ccc.skills import Library
from ccc.skills.cards_yaml import Document

_ENOUGH = 5
"""A generation that solves one spec in so many is followed by another one with the same share of the budget."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec of a curriculum: its name, as far as that can be read, and where it is. parts: programs in it that become
    skills too.
    """

    name: str
    path: Path
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a curriculum is run.

    folders: the libraries, the one that learnt skills join first. base: the skills to start from. seconds, candidates,
    memory: instead of those of the specs. shares: of the budget, what a generation tries with, the smallest first; the
    next one is taken when a generation solves less than a fifth of what it tried, and in the end what is left is tried
    on the base alone, with the whole budget. flat: only one generation, on the base alone, and nothing joins.
    """

    folders: tuple[Path, ...]
    results: Path
    base: tuple[str, ...]
    method: str = "portfolio"
    guide: str = "text"
    seed: int | None = None
    seconds: float | None = None
    candidates: int | None = None
    memory: int | None = None
    shares: tuple[float, ...] = (1 / 64, 1 / 16, 1 / 4, 1.0)
    flat: bool = False

    @property
    def into(self) -> Path:
        return self.folders[0]


@dataclass(slots=True)
class Generation:
    """What one generation came to. parts: the skills that it could use. alone: they are the base. outcomes: by spec."""

    number: int
    share: float
    parts: tuple[str, ...]
    alone: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    retested: int = 0
    changed: tuple[str, ...] = ()

    @property
    def solved(self) -> tuple[str, ...]:
        """The specs learnt in this generation, by this process or another."""
        return tuple(name for name, outcome in self.tried.items() if outcome["status"] == "learnt")

    @property
    def tried(self) -> dict[str, Outcome]:
        """What was tried in this generation, by this process or another: not what was known before, or waits."""
        return {name: outcome for name, outcome in self.outcomes.items() if _was_tried(outcome, self.number)}


Heard = Callable[[Generation, str, Outcome], None]
"""Called after each attempt, with the name of the spec."""


def specs_in(folder: Path) -> tuple[SpecFile, ...]:
    """The specs in a folder and below, in order of path: YAML files that begin with `spec`.

    Raises UsageError where there are none, or two of one name.
    """
    found: dict[str, SpecFile] = {}
    for path in sorted(folder.rglob("*.yaml")):
        spec = _spec_file(path)
        if spec is None:
            continue
        if spec.name in found:
            raise UsageError(f"two specs '{spec.name}': {found[spec.name].path} and {path}")
        found[spec.name] = spec
    if not found:
        raise UsageError(f"no spec in {folder}", "a spec is a file NAME.yaml that begins with `spec: NAME`")
    return tuple(found.values())


def _spec_file(path: Path) -> SpecFile | None:
    """A spec with the name that it bears; of a file that cannot be read, that of the file: its attempt will say what is
    wrong. None for YAML of another kind, such as a card.
    """
    try:
        root = Document.open(path).root.value
    except CardError:
        return SpecFile(path.stem, path)
    if not isinstance(root, dict) or "spec" not in root:
        return None
    name, parts = root["spec"].value, root["parts"].value if "parts" in root else None
    return SpecFile(name if isinstance(name, str) else path.stem, path, tuple(parts) if isinstance(parts, dict) else ())


class Curriculum:
    """A run of all generations on a pool. What it does is in the results file at every moment, and so can go on."""

    def __init__(self, specs: Sequence[SpecFile], plan: Plan, pool: Pool, heard: Heard | None = None) -> None:
        self._specs, self._plan, self._pool = tuple(specs), plan, pool
        self._heard: Heard = heard or (lambda generation, name, outcome: None)
        self._results = Results(plan.results)
        self.generations: list[Generation] = []
        self._coming = sorted({name for spec in specs for name in (spec.name, *spec.parts)})
        self._unsolved = {spec.name: spec for spec in specs}
        self.wrong: dict[str, Outcome] = {}
        """What is the matter with specs that cannot be tried, by name."""
        self._digests: dict[str, str] = {}

    @property
    def unsolved(self) -> tuple[str, ...]:
        """The specs that are not learnt, or not yet."""
        return tuple(self._unsolved)

    @property
    def changed(self) -> tuple[str, ...]:
        """The skills that did not do the same in every test, or not what their cards say; there must be none."""
        return tuple(sorted({name for generation in self.generations for name in generation.changed}))

    def run(self) -> None:
        """All generations, until one with the whole budget solves nothing, nor one on the base alone: among many parts
        a search may not come to what it finds with few. Raises KeyboardInterrupt after Ctrl-C, with everything kept
        that was learnt by then.
        """
        entries = self._results.read()
        self._digests = _known_digests(entries)
        shares = (1.0,) if self._plan.flat else self._plan.shares
        number, place = self._where(entries, shares)
        last = len(shares) - 1 if self._plan.flat else len(shares)
        while place <= last and set(self._unsolved) - set(self.wrong):
            alone = place == len(shares)
            if alone and self.generations and not self._left_for_base(self.generations[-1]):
                break
            generation = self._begin(number, shares[min(place, len(shares) - 1)], alone=alone)
            self._try_all(generation)
            if not self._plan.flat:
                self._retest(generation)
            solved, tried = len(generation.solved), len(generation.tried)
            place = place + 1 if self._plan.flat else _next(place, len(shares), solved, tried)
            number += 1
        self._tell_waiting()

    def _left_for_base(self, last: Generation) -> bool:
        """Whether the base alone is something else than what the last generation had, and all that some spec needs."""
        waits = {name for name, outcome in last.outcomes.items() if outcome.get("waits")}
        return set(last.parts) != set(self._plan.base) and bool(set(self._unsolved) - set(self.wrong) - waits)

    def _tell_waiting(self) -> None:
        """Write down which specs were never tried, as they may only use what was not learnt."""
        for generation in [one for one in self.generations if not one.alone][-1:]:
            for name, outcome in generation.outcomes.items():
                if outcome.get("waits") and name in self._unsolved:
                    facts = {"generation": generation.number, "file": str(self._unsolved[name].path)}
                    self._results.append({"entry": "attempt", "flat": self._plan.flat, **facts, **outcome})

    def _where(self, entries: Sequence[Entry], shares: Sequence[float]) -> tuple[int, int]:
        """The number of the generation to begin with, and which share it has: after an interrupted run, its last
        generation, if that had not come to its end, or else the one after that.
        """
        begun = [entry for entry in entries if _is_generation(entry, flat=self._plan.flat)]
        if not begun or self._plan.flat:
            return 1, 0
        last = begun[-1]
        place = next((place for place, share in enumerate(shares) if share >= last["share"]), len(shares) - 1)
        if last.get("alone"):
            place = len(shares)
        of_last = [entry for entry in entries if entry.get("generation") == last["generation"]]
        if not any(entry.get("entry") == "retest" for entry in of_last):
            return last["generation"], place
        attempts = [entry for entry in of_last if entry.get("entry") == "attempt" and not entry.get("flat")]
        outcomes = {str(entry.get("name")): entry for entry in attempts}
        again = Generation(last["generation"], last["share"], tuple(last["parts"]), bool(last.get("alone")), outcomes)
        return again.number + 1, min(_next(place, len(shares), len(again.solved), len(again.tried)), len(shares) - 1)

    # One generation

    def _begin(self, number: int, share: float, *, alone: bool) -> Generation:
        """A generation. One that an earlier run had begun, or another process has, has the same parts here."""
        known = set(Library(self._plan.folders).names)
        for entry in self._results.read():
            same = _is_generation(entry, flat=self._plan.flat) and entry["generation"] == number
            same = same and bool(entry.get("alone")) == alone
            if same and entry["share"] == share and known.issuperset(entry["parts"]):
                self.generations.append(Generation(number, share, tuple(entry["parts"]), alone))
                return self.generations[-1]
        parts = tuple(self._plan.base) if alone else self._parts()
        facts = {"generation": number, "share": share, "parts": list(parts), "flat": self._plan.flat, "alone": alone}
        self._results.append({"entry": "generation", **facts, "date": now()})
        self.generations.append(Generation(number, share, parts, alone))
        return self.generations[-1]

    def _parts(self) -> tuple[str, ...]:
        """The skills that programs may be made of: the base, and what was learnt so far."""
        if self._plan.flat:
            return self._plan.base
        library = Library(self._plan.folders)
        return tuple(sorted({*self._plan.base, *learnt_in(library, self._plan.into)}))

    def _try_all(self, generation: Generation) -> None:
        waiting = [spec for name, spec in self._unsolved.items() if name not in self.wrong]
        tasks = deque(self._task(spec, generation) for spec in waiting)
        for task, outcome in self._pool.run(tasks):
            if outcome["status"] == TAKEN:
                tasks.append(task)
                continue
            name = task["name"]
            if generation.alone and outcome.get("waits"):
                continue
            if "checksum" not in outcome and not outcome.get("waits"):
                entry = {"name": name, "file": task["spec"], "generation": generation.number, "flat": task["flat"]}
                self._results.append({"entry": "attempt", **entry, **outcome})
            generation.outcomes[name] = outcome
            if outcome["status"] == "learnt":
                del self._unsolved[name]
                if "digest" in outcome:
                    self._digests.setdefault(name, outcome["digest"])
            elif outcome["status"] == ERROR:
                self.wrong[name] = outcome
            self._heard(generation, name, outcome)

    def _task(self, spec: SpecFile, generation: Generation) -> Task:
        plan = self._plan
        return {
            "task": "attempt",
            "name": spec.name,
            "spec": str(spec.path),
            "coming": self._coming,
            "generation": generation.number,
            "folders": [str(folder) for folder in plan.folders],
            "into": str(plan.into),
            "flat": plan.flat,
            "results": str(plan.results),
            "parts": list(generation.parts),
            "share": generation.share,
            "method": plan.method,
            "guide": plan.guide,
            "seed": plan.seed,
            "budget": {"seconds": plan.seconds, "candidates": plan.candidates, "memory": plan.memory},
        }

    # No forgetting

    def _retest(self, generation: Generation) -> None:
        """Test every skill again that programs may be made of, and compare with what it did before."""
        names = self._parts()
        folders = [str(folder) for folder in self._plan.folders]
        shares = [names[start::8] for start in range(8)]
        tasks: deque[Task] = deque(
            {"task": "retest", "name": "", "folders": folders, "skills": list(share)} for share in shares if share
        )
        digests: dict[str, str] = {}
        for _, outcome in self._pool.run(tasks):
            if "digests" not in outcome:
                raise SkillError(f"testing skills again failed: {outcome.get('message', outcome['status'])}")
            digests |= outcome["digests"]
        generation.changed = changed(digests, self._digests)
        generation.retested = len(digests)
        new = {name: digest for name, digest in digests.items() if name not in self._digests}
        self._digests |= new
        self._results.append(
            {
                "entry": "retest",
                "generation": generation.number,
                "retested": generation.retested,
                "changed": list(generation.changed),
                "digests": new,
                "date": now(),
            }
        )


def _was_tried(outcome: Mapping[str, Any], number: int) -> bool:
    """Whether an outcome is of a search in the generation of this number."""
    return outcome.get("generation") == number and outcome.get("status") != ERROR and not outcome.get("waits")


def _next(place: int, shares: int, solved: int, tried: int) -> int:
    """Which share comes next: the same again where enough was solved, the last one where anything was. Beyond the last
    one is the base alone.
    """
    if place >= shares - 1:
        return shares - 1 if solved else place + 1
    return place if solved * _ENOUGH >= tried > 0 else place + 1


def _known_digests(entries: Sequence[Entry]) -> dict[str, str]:
    """What the tests of each skill came to when it was first tested."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.get("entry") == "attempt" and isinstance(entry.get("digest"), str):
            found.setdefault(str(entry.get("name")), entry["digest"])
        digests: Any = entry.get("digests")
        if entry.get("entry") == "retest" and isinstance(digests, Mapping):
            for name, digest in digests.items():
                found.setdefault(name, digest)
    return found


def _is_generation(entry: Entry, *, flat: bool) -> bool:
    """Whether an entry says that a generation was begun."""
    return (
        entry.get("entry") == "generation"
        and entry.get("flat") == flat
        and isinstance(entry.get("generation"), int)
        and isinstance(entry.get("share"), int | float)
        and isinstance(entry.get("parts"), list)
    )
