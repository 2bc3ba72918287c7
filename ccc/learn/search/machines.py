"""Loops that carry one to three states: counted by a number, by a dimension, or until a state is <= 0."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from ccc.learn.model import Found
from ccc.learn.search import trial
from ccc.learn.search.expressions import POINTS, Expressions, sample_points
from ccc.learn.search.graph import Graph, Held, Node, State, with_held
from ccc.learn.search.kernels import Floats, Ints
from ccc.learn.search.lines import expected
from ccc.learn.search.ops import rank
from ccc.learn.search.registers import FRESH
from ccc.learn.search.search import Search
from ccc.learn.search.settings import Setting, hidden_type, settings
from ccc.learn.search.target import Target
from ccc.learn.threads import crew
from ccc.skills import Type

_MOST_COST = 5
_CHUNK = 50_000
"""Machines that are tried at once: the clock is looked at in between."""
_FRESH = "new "
_LEAST, _GROWTH = 1000, 30
"""How the number of machines is estimated before their expressions are made."""
WORTH = 32
"""A machine that takes so long, in comparisons of a number, is none of the slow ones."""
_SAMPLE = 32
native: Any = trial  # mypy cannot follow arguments given in rows


@dataclass(frozen=True, eq=False)
class Job:
    """Machines of one cost: expressions from `lists`, one list for each state."""

    setting: Setting
    expressions: Expressions
    lists: tuple[Ints, ...]
    until: int

    @property
    def tries(self) -> int:
        return int(np.prod([float(len(part)) for part in self.lists]) * len(self.setting.starts) ** len(self.lists))

    def tables(self, order: Ints) -> tuple[Any, ...]:
        """What native code gets of them, but the code and what ends a loop. order: of the cases."""
        setting, states, steps = self.setting, len(self.lists), self.expressions
        lists = np.zeros((trial.MOST_STATES, max(len(part) for part in self.lists)), dtype=np.int64)
        for j, part in enumerate(self.lists):
            lists[j, : len(part)] = part
        lengths = np.array([len(part) for part in self.lists] + [1] * (trial.MOST_STATES - states))
        starts = np.array([value[order] for _, value in setting.starts])
        return (
            *(steps.steps, steps.sizes, steps.roots, steps.masks, lists, lengths, states, len(starts), starts),
            *(setting.given, setting.offsets[order], setting.rounds[order]),
        )

    @property
    def combinations(self) -> int:
        """Of one expression from each list."""
        return math.prod(len(part) for part in self.lists)

    def spans(self, slowness: float, tries: int = _CHUNK) -> Iterator[tuple[int, int]]:
        """Parts of these with which about so many are tried at once, or fewer where they take long."""
        most = self.combinations
        each = max(1, int(tries * most * WORTH / max(self.tries, 1) / max(slowness, WORTH)))
        return ((low, min(low + each, most)) for low in range(0, most, each))

    def states(self, row: Ints) -> dict[str, State]:
        """The states of a machine. row: its expressions and starts."""
        states = self.setting.states
        fresh: dict[str, Node] = {}
        for j in reversed(range(len(self.lists))):
            start = self.setting.starts[int(row[trial.MOST_STATES + j])][0]
            node = with_held(self.expressions.node(int(row[j])), lambda held: fresh.get(held.state, held))
            states[f"m{j}"], fresh[f"{_FRESH}m{j}"] = State(node, start), node
        return states


def machines(search: Search) -> Iterator[Found | None]:
    """Machines, those of which there are few before those of which there are many; None now and then."""
    outputs = search.problem.card.outputs
    if any(slot.shape.dimensions for slot in outputs) or len(outputs) > trial.MOST_STATES:
        return
    rng = np.random.default_rng(search.seed)
    hidden = hidden_type(search)
    families = [
        Family(search, setting, [*(slot.type for slot in outputs), *[hidden] * more], rng)
        for setting in settings(search)
        for more in range(trial.MOST_STATES + 1 - len(outputs))
    ]
    cases = np.arange(len(search.problem.cases))
    targets = [Target(cases, expected(search, slot), search.tolerance(slot)) for slot in outputs]
    wanted = np.stack([target.bounds for target in targets], -1)
    since = search.work
    pool = crew(search.threads)
    for job in _by_number(families):
        for found in _run(search, job, wanted, pool) if job is not None else [None]:
            if found is not None:
                yield found
            elif search.work - since > search.turn:
                yield None
                since = search.work  # what others tried meanwhile counts for them


def _by_number(families: list[Family]) -> Iterator[Job | None]:
    """The jobs of all families, always the one with the fewest machines; None now and then."""
    waiting: list[Job] = []
    while families or waiting:
        job = min(waiting, key=lambda one: one.tries, default=None)
        family = min(families, key=lambda one: one.least, default=None)
        if family is None or (job is not None and job.tries <= family.least):
            assert job is not None
            waiting.remove(job)
            yield job
        elif not family.ready:
            yield from family.prepare()  # how many there are is known then
        else:
            jobs = family.jobs()
            if jobs is None:
                families.remove(family)
            waiting += jobs or ()


class Family:
    """The machines of one setting, by cost. types: of their states."""

    def __init__(self, search: Search, setting: Setting, types: list[Type], rng: np.random.Generator) -> None:
        self._setting, self._types = setting, types
        self._states = states = len(types)
        held: list[Node] = [Held(f"m{j}", kind) for j, kind in enumerate(self._types)]
        held += [Held(f"{_FRESH}m{j}", kind) for j, kind in enumerate(self._types) if j]
        pool = setting.given.reshape(-1)
        lanes = rng.integers(0, len(setting.given), POINTS)
        samples = np.array(
            [sample_points(rng, pool, POINTS) for _ in held]
            + [setting.given[lanes, v] for v in range(len(setting.nodes))]
        )
        for j, node in enumerate(held):
            if node.type is Type.BIT:
                samples[j] = rng.integers(0, 2, POINTS)
        memory = search.budget.memory // 24
        self.expressions = Expressions(search, [*held, *setting.nodes], samples, states, memory)
        self._cost = self._before = 0
        self._ready: list[Job] | None = None

    @property
    def ready(self) -> bool:
        """Whether the expressions for the machines of the next cost are made."""
        return self.expressions.levels > self._cost or self.expressions.full or self._cost > _MOST_COST

    def prepare(self) -> Iterator[None]:
        """Make them; None now and then."""
        while not self.ready:
            yield from self.expressions.grow()

    @property
    def least(self) -> int:
        """About how many machines of the next cost there are in the job that has the fewest."""
        if not self.ready:
            return max(_LEAST, self._before * _GROWTH)
        return min((job.tries for job in self._prepared()), default=0)

    def jobs(self) -> list[Job] | None:
        """The machines of the next cost, whose expressions are made, or None where there are no more."""
        if self._cost > _MOST_COST:
            return None
        found, self._ready = self._prepared(), None
        self._before = min((job.tries for job in found), default=0)
        self._cost += 1
        return found

    def _prepared(self) -> list[Job]:
        if self._ready is None:
            self._ready = list(self._jobs())
        return self._ready

    def _jobs(self) -> Iterator[Job]:
        ends = range(self._states) if not self._setting.count else (-1,)
        for costs in _sums(self._cost, self._states):
            if max(costs) >= self.expressions.levels:
                continue
            lists = tuple(self._list(j, cost) for j, cost in enumerate(costs))
            if all(len(part) for part in lists):
                for until in ends:
                    yield Job(self._setting, self.expressions, lists, until)

    def _list(self, state: int, cost: int) -> Ints:
        """The expressions that a state may become, itself not among them."""
        found = self.expressions.of_cost(cost, rank(self._types[state]), moving=self._setting.moving)
        itself = (self.expressions.sizes[found] == 0) & (self.expressions.roots[found] == state)
        too_fresh = (self.expressions.masks[found] >> FRESH) & ((1 << (state + 1)) - 1) != 0
        return np.ascontiguousarray(found[~itself & ~too_fresh])


def _sums(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _sums(total - first, parts - 1):
            yield first, *rest


def _run(search: Search, job: Job, wanted: Floats, pool: ThreadPoolExecutor) -> Iterator[Found | None]:
    """Try all machines of a job, in parts on all cores; None after each of them."""
    trials = _Trials(search, job, wanted)
    each = trials.each()
    spans: Iterator[tuple[int, int]] = job.spans(each)
    while search.skips and (span := next(spans, None)) is not None:
        count = trials.count(span)
        if not search.known(count):
            spans = chain([span], spans)
            break
        search.count(count, count * each)
        yield None
    while group := list(islice(spans, search.threads)):
        for count, _, hits in pool.map(trials.run, group):
            for row in hits:
                yield from search.programs(_graph(search, job, row))
            search.count(count, count * each)  # after what was found among them is given
            yield None


class _Trials:
    """Runs of the machines of a job on the cases."""

    def __init__(self, search: Search, job: Job, wanted: Floats) -> None:
        self._search, self._job = search, job
        order = job.setting.order
        self._fixed = (*job.tables(order), job.until, np.ascontiguousarray(wanted[:, order]))
        self._cases, self._results = len(order), max(wanted.shape[2], 1)

    def run(self, span: tuple[int, int]) -> tuple[int, float, Ints]:
        """How many there are, how long they took, those that are right."""
        codes, fixed = self._search.ops.codes, self._fixed
        hits = np.zeros((trial.MOST_HITS, 2 * trial.MOST_STATES), dtype=np.int64)
        memory, stack = codes.workspace()
        ends = np.zeros((1, self._cases))
        rest = hits, ends, stack, memory, self._search.ops.low, self._search.ops.high
        count, found = native.machines(codes.code, *fixed[:6], *span, *fixed[6:], *rest)
        return count, float(stack[-2]), hits[:found]

    def count(self, span: tuple[int, int]) -> int:
        """How many there are."""
        sizes = len(self._job.lists), len(self._job.setting.starts), self._results, self._job.until
        found: int = native.machines_tried(*self._fixed[3:6], *span, *sizes)
        return found

    def each(self) -> float:
        """How long one takes: of some, so that it is known of those too that are not run."""
        places = {n * self._job.combinations // _SAMPLE for n in range(_SAMPLE)}
        found = [self.run((place, place + 1)) for place in sorted(places)]
        return max(1.0, sum(work for _, work, _ in found) / max(1, sum(count for count, _, _ in found)))


def _graph(search: Search, job: Job, row: Ints) -> Graph:
    """The machine with these expressions and starts as a program."""
    states = job.states(row)
    names = [slot.name for slot in search.problem.card.outputs]
    outputs = {name: states[f"m{j}"].next for j, name in enumerate(names)}
    carried = {name: f"m{j}" for j, name in enumerate(names)}
    until = f"m{job.until}" if job.until >= 0 else ""
    return Graph(outputs, {}, job.setting.count or 1, until, states, carried)


def warm_up(search: Search) -> None:
    """Have the loops compiled, or loaded, in one thread, before the clock starts."""
    numbers = np.zeros(1, dtype=np.int64)
    lists = np.zeros((trial.MOST_STATES, 1), dtype=np.int64)
    hits = np.zeros((trial.MOST_HITS, 2 * trial.MOST_STATES), dtype=np.int64)
    memory, stack = search.ops.codes.workspace(1)
    native.machines_tried(numbers, lists, numbers, 0, 0, 1, 1, 1, -1)
    fixed = (
        *(search.ops.codes.code, np.zeros((1, 1, 5), dtype=np.int64), numbers, numbers, numbers, lists),
        *(np.ones(trial.MOST_STATES, dtype=np.int64), 0, 1, 1, 1, np.zeros((1, 1)), np.zeros((1, 1)), numbers, numbers),
        -1,
    )
    rest = stack, memory, search.ops.low, search.ops.high
    native.machines(*fixed, np.zeros((2, 1, 1)), hits, np.zeros((1, 1)), *rest)
