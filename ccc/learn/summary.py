"""What a results file says: per generation what was solved, at which cost, from which parts; what was not, how near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from ccc.learn.results import Entry

LEARNT = "learnt"


@dataclass(slots=True)
class Story:
    """All attempts at one spec. candidates, seconds: of all of them. last: the one that learnt it, else the latest, but
    of those that found nothing the one that came nearest.
    """

    name: str
    attempts: int = 0
    candidates: int = 0
    seconds: float = 0.0
    last: Entry = field(default_factory=dict)

    @property
    def learnt(self) -> bool:
        return self.last.get("status") == LEARNT

    @property
    def best(self) -> float:
        """The share of the training examples that the best program gets right."""
        return _number(self.last, "best")


@dataclass(slots=True)
class Round:
    """One generation. candidates, seconds: of all its attempts. changed: skills that no longer do what they did. alone:
    what was left was tried on the base alone.
    """

    number: int
    share: float
    parts: int
    tried: int = 0
    solved: list[str] = field(default_factory=list)
    candidates: int = 0
    seconds: float = 0.0
    retested: int = 0
    changed: tuple[str, ...] = ()
    alone: bool = False


@dataclass(slots=True)
class Summary:
    """Of a curriculum, or of its specs tried on the base alone (`flat`). spent: after each attempt, in order of time,
    the candidates and the solved specs of all until then.
    """

    rounds: list[Round]
    stories: dict[str, Story]
    spent: list[tuple[int, int]] = field(default_factory=list)

    @property
    def learnt(self) -> list[Story]:
        return [story for story in self.stories.values() if story.learnt]

    @property
    def unsolved(self) -> list[Story]:
        """The nearest first."""
        left = [story for story in self.stories.values() if not story.learnt]
        return sorted(left, key=lambda story: (-story.best, story.name))

    @property
    def candidates(self) -> int:
        return sum(story.candidates for story in self.stories.values())

    @property
    def seconds(self) -> float:
        """Of all attempts, added up: with several workers, more than passed."""
        return sum(story.seconds for story in self.stories.values())

    @property
    def retested(self) -> int:
        """How many skills the last generation tested again."""
        return next((entry.retested for entry in reversed(self.rounds) if entry.retested), 0)

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(sorted({name for entry in self.rounds for name in entry.changed}))

    def curve(self) -> list[tuple[int, int]]:
        """Points (candidates, specs): how many are solved by at most so many candidates each, of all their attempts."""
        costs = sorted(story.candidates for story in self.learnt)
        return [(cost, number) for number, cost in enumerate(costs, 1)]

    def progress(self) -> list[tuple[int, int]]:
        """Points (candidates, specs): how many were solved after so many candidates of the whole run, in its order."""
        return self.spent


def summarise(entries: Sequence[Entry], *, flat: bool, names: Sequence[str] | None = None) -> Summary:
    """What these entries say. names: of the specs that count; all unless told."""
    rounds: dict[int, Round] = {}
    stories: dict[str, Story] = {name: Story(name) for name in names or ()}
    spent: list[tuple[int, int]] = []
    for entry in entries:
        if entry.get("flat", False) != flat and entry.get("entry") != "retest":
            continue
        match entry.get("entry"):
            case "generation":
                number = int(_number(entry, "generation"))
                if number not in rounds:
                    parts, alone = len(entry.get("parts", ())), bool(entry.get("alone"))
                    rounds[number] = Round(number, _number(entry, "share"), parts, alone=alone)
            case "attempt":
                name = str(entry.get("name"))
                if names is None or name in stories:
                    _count(entry, stories.setdefault(name, Story(name)), rounds, spent)
            case "retest" if not flat and (found := rounds.get(int(_number(entry, "generation")))):
                found.retested = int(_number(entry, "retested"))
                found.changed = tuple(sorted({*found.changed, *map(str, entry.get("changed", ()))}))
    candidates = accumulate(cost for cost, _ in spent)
    solved = accumulate(won for _, won in spent)
    # One in which there was nothing to try is left out, as when a run that had ended is started again.
    shown = [one for _, one in sorted(rounds.items()) if one.tried or one.changed]
    return Summary(shown, stories, list(zip(candidates, solved, strict=True)))


def _count(entry: Entry, story: Story, rounds: dict[int, Round], spent: list[tuple[int, int]]) -> None:
    """Add one attempt. What several processes tried after it was learnt costs, and changes nothing else."""
    candidates, seconds = int(_number(entry, "candidates")), _number(entry, "seconds")
    number = int(_number(entry, "generation"))
    generation = rounds.setdefault(number, Round(number, 1.0, 0))
    won = entry.get("status") == LEARNT and not story.learnt
    if not story.learnt:
        story.attempts += 1
        story.candidates += candidates
        story.seconds += seconds
        farther = entry.get("status") == story.last.get("status") and _number(entry, "best") < story.best
        story.last = story.last if farther else entry
    generation.tried += 1
    generation.candidates += candidates
    generation.seconds += seconds
    if won:
        generation.solved.append(story.name)
    spent.append((candidates, int(won)))


def _number(entry: Entry, key: str) -> float:
    value: Any = entry.get(key)
    return float(value) if isinstance(value, int | float) and value == value else 0.0


def short(number: float) -> str:
    """A count for people: 950, 12.3 thousand, 4.56 million."""
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e4, " thousand")):
        if number >= size:
            return f"{number / (1e3 if word == ' thousand' else size):.3g}{word}"
    return f"{number:,.0f}"


def parts_text(entry: Entry) -> str:
    """The skills that a program is made of."""
    parts = entry.get("parents")
    return ", ".join(map(str, parts)) if isinstance(parts, list) else ""


def text_lines(summary: Summary, flat: Summary | None = None) -> list[str]:
    """The report as text."""
    lines = []
    for found in summary.rounds:
        share = "" if found.share == 1 else f", {found.share:.3g} of the budget"
        parts = f"the {found.parts} skills of the base alone" if found.alone else f"{found.parts} skills"
        lines.append(
            f"generation {found.number}: {len(found.solved)} of {found.tried} learnt from {parts}{share}; "
            f"{short(found.candidates)} candidates, {found.seconds:.1f} s"
        )
        for name in found.solved:
            story = summary.stories[name]
            lines.append(
                f"  {name}: {short(_number(story.last, 'candidates'))} candidates, "
                f"{_number(story.last, 'seconds'):.1f} s, from {parts_text(story.last)}"
            )
        if found.retested:
            what = ", ".join(found.changed) or "none"
            lines.append(f"  {found.retested} skills tested again, changed: {what}")
    lines.append(
        f"{len(summary.learnt)} of {len(summary.stories)} learnt; {short(summary.candidates)} candidates, "
        f"{summary.seconds:.1f} s of search"
    )
    if flat is not None and flat.stories:
        lines.append(
            f"on generation 0 alone: {len(flat.learnt)} of {len(flat.stories)} learnt; {short(flat.candidates)} "
            f"candidates, {flat.seconds:.1f} s of search"
        )
    lines += [f"not learnt: {story.name}: {near(story)}" for story in summary.unsolved]
    return lines


def near(story: Story) -> str:
    """How near the best of the attempts at a spec came, or why there is none."""
    if story.last.get("status") not in ("not learnt", "interrupted"):
        message = str(story.last.get("message", "")).strip().removeprefix("error: ")
        return str(story.last.get("status", "not tried")) + (f": {message.splitlines()[0]}" if message else "")
    where = str(story.last.get("where", "") or "")
    return f"best is right on {story.best:.1%} of the training examples" + (f"; {where}" if where else "")
