"""Whether native code computes what a skill's block computes on the emulator: a library may have another `add`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from ccc.cache import Cache, digest_of_sources, key_of
from ccc.isa import Fault
from ccc.learn.search.jit import COMPILER
from ccc.learn.search.kernels import BY_NAME, READS_OUTPUT, Kernel, one
from ccc.machine import Cells, same_bits, word_range
from ccc.skills import Library
from ccc.skills.call import Call
from ccc.skills.library import Skill
from ccc.skills.model import Type
from ccc.skills.sources import source_texts
from ccc.trace import make_batch_executor

_CACHE = Cache("agreed", largest=1 << 12, entries=4096, total=1 << 24)
_MADE_BY = (
    *("isa/**/*.py", "machine/**/*.py", "assembler/**/*", "emulator/**/*.py", "trace/**/*.py", "skills/**/*.py"),
    *("learn/search/kernels.py", "learn/search/checking.py", "learn/search/jit.py"),
)
_known: dict[str, bool] = {}
_CALLS = 40
_STEPS = 20_000
_EDGES = (0.0, 1.0, -1.0, 2.0, 3.0, 7.0, -5.0, 31.0)


def kernel_of(library: Library, name: str, width: int) -> Kernel:
    """The kernel that computes what the skill called `name` does, or NONE. Raises what `Library.card` does."""
    kernel = BY_NAME.get(name)
    if kernel is None:
        return Kernel.NONE
    skill = library.find(name)
    card = skill.card
    if len(card.slots) > 4 or len(card.outputs) != 1 or card.constants or card.weights:
        return Kernel.NONE
    if any(slot.shape.dimensions for slot in card.slots) or card.width not in (None, width):
        return Kernel.NONE
    slots = tuple((slot.name, slot.role, str(slot.type)) for slot in card.slots)
    texts = source_texts(skill.source, skill.folders)
    key = key_of((digest_of_sources(*_MADE_BY), COMPILER, name, slots, width, int(kernel), *texts))
    return kernel if _agreed(key, skill, width, int(kernel)) else Kernel.NONE


def _agreed(key: str, skill: Skill, width: int, kernel: int) -> bool:
    """Whether block and kernel agree, perhaps as an earlier search found. key: names all that it depends on."""
    if key not in _known:
        entry = _CACHE.load(key)
        found = None if entry is None else entry[0].get("agrees")
        if not isinstance(found, bool):
            found = _agrees(skill, width, kernel)
            _CACHE.store(key, {"skill": skill.name, "agrees": found})
        if len(_known) >= _CACHE.entries:
            _known.clear()
        _known[key] = found
    return _known[key]


def _agrees(skill: Skill, width: int, kernel: int) -> bool:
    """Whether block and kernel agree on some dozens of inputs."""
    slots = skill.card.slots
    low, high = word_range(width)
    real = any(slot.type is Type.REAL for slot in slots)
    inputs = _inputs(len(slots), low, high, real=real)
    calls = [{slot.name: np.asarray(value) for slot, value in zip(slots, row, strict=True)} for row in inputs]
    found = run_block(skill, {}, calls, width)
    output = skill.card.outputs[0].name
    for row, outputs in zip(inputs, found, strict=True):
        arguments = [*row, 0.0, 0.0, 0.0, 0.0][:4]
        if Kernel(kernel) in READS_OUTPUT and len(row) < 2:
            return False
        a, b, c, d = arguments
        value = one(kernel, a, b, c, d, float(low), float(high))
        if np.isnan(value) != (outputs is None):
            return False
        if outputs is not None and not same_bits(np.asarray(value), outputs[output]):
            return False
    return True


def _inputs(slots: int, low: int, high: int, *, real: bool) -> list[list[float]]:
    rng = np.random.default_rng(slots)
    if real:
        edges = [*_EDGES, 0.5, -2.75, 1e300, -1e-300, 1e-310]
        rows = [[float(value) for value in rng.normal(size=slots) * 10.0 ** rng.integers(-5, 6)] for _ in range(_CALLS)]
    else:
        edges = [*(value for value in _EDGES if low <= value <= high), float(low), float(high)]
        rows = [[float(value) for value in rng.integers(low, high, slots, endpoint=True)] for _ in range(_CALLS // 2)]
        rows += [[float(value) for value in rng.integers(-9, 10, slots)] for _ in range(_CALLS // 2)]
    pairs = [list(row) for row in product(edges, repeat=min(slots, 2))]
    rows += [[*row, *rng.choice(edges, size=slots - len(row))] for row in pairs]
    return [[float(value) for value in row] for row in rows]


def run_block(
    skill: Skill,
    sizes: Mapping[str, int],
    calls: Sequence[Mapping[str, Cells]],
    width: int,
    max_steps: int = _STEPS,
) -> list[dict[str, Cells] | None]:
    """What the block of a skill makes of data of one shape: outputs, or None for a fault or too many instructions.

    calls: values of all slots, outputs as they are before. Raises SkillError, CardError, SourceError, FileError.
    """
    call = Call(skill, sizes, width=width, small=True)
    outputs = [slot.name for slot in skill.card.outputs]
    images = [
        call.image(
            {name: value for name, value in values.items() if name not in outputs},
            {name: values[name] for name in outputs},
        )
        for values in calls
    ]
    executor = make_batch_executor("emulator", images)
    executor.start(images, [()] * len(images))
    steps = executor.run(max_steps)
    found: list[dict[str, Cells] | None] = []
    for state, count in zip(executor.states(), steps, strict=True):
        if not state.stopped or state.fault is not Fault.NONE:
            found.append(None)
        else:
            found.append(call.result(state, count).outputs)
    return found
