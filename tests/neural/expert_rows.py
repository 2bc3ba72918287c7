"""One instruction's arithmetic in the Transformer on many operands at once: CPU rows only, from operands to verdict.

The operands are put where the read would have put them; the layers from there to the judgement run as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ccc.isa import BY_MNEMONIC
from ccc.machine import word_range
from tests.neural.helpers import model_of

_STAGES = ("inspect", "compare", "gate", "execute", "judge")
TARGET, FALLTHROUGH = 33.0, 9.0


@dataclass(frozen=True)
class Outcome:
    """By row: the fault (0 for none), the result, and the next program counter."""

    fault: np.ndarray
    result: np.ndarray
    pc: np.ndarray


def execute(mnemonic: str, width: int, left: np.ndarray, right: np.ndarray) -> Outcome:
    """Operands 1 and 2 of `mnemonic`: float64 arrays of one length."""
    model = model_of(("ccc", width))
    at = model.directions
    rows = torch.zeros(len(left), model.width, dtype=torch.float64)
    settings = {
        "cpu": 1.0, "size": 100.0, "opcode": -float(BY_MNEMONIC[mnemonic].opcode), "c": TARGET,
        "fallthrough": FALLTHROUGH, "use1": 1.0, "use2": 1.0, "stack_high": 90.0, "sp": 50.0, "sp_next": 50.0,
    }  # fmt: skip
    for name, value in settings.items():
        rows[:, at[name]] = value
    rows[:, at["operand1"]] = torch.from_numpy(left)
    rows[:, at["operand2"]] = torch.from_numpy(right)
    names = [names.name for names in model.layers]
    with torch.no_grad():
        for stage in _STAGES:
            rows = model.transformer.sublayers[names.index(stage)](rows)
    fault, result, pc = (rows[:, at[name]].numpy() for name in ("new_fault", "result", "pc_next"))
    assert np.array_equal(rows[:, at["ok"]].numpy(), (fault == 0).astype(np.float64))
    return Outcome(fault, result, pc)


def words(rng: np.random.Generator, width: int, count: int) -> np.ndarray:
    """Integers of the word: all magnitudes, both signs, powers of two and their neighbours."""
    low, high = word_range(width)
    sizes = rng.integers(0, width, count)
    numbers = rng.integers(low, high + 1, count) >> sizes
    powers = (1 << sizes) + rng.integers(-1, 2, count)
    mixed = np.where(rng.random(count) < 0.3, powers * rng.choice([-1, 1], count), numbers)
    return np.clip(mixed, low, high).astype(np.float64)


def edges(width: int) -> np.ndarray:
    low, high = word_range(width)
    middle = 1 << (width // 2)
    near = [low, low + 1, low + 2, high - 1, high, low // 2, high // 2, high // 2 + 1, middle, middle - 1, -middle]
    return np.array([*near, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10, width - 1, width, width + 1], dtype=np.float64)


def all_pairs(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(left, len(right)), np.tile(right, len(left))


def any_doubles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Finite doubles with bit patterns at random, subnormal ones as often as any exponent's neighbours allow."""
    patterns = rng.integers(0, 1 << 64, 2 * count, dtype=np.uint64)
    patterns[: count // 4] &= np.uint64(0x801FFFFFFFFFFFFF)  # subnormal, or the smallest normal ones
    numbers = patterns.view(np.float64)
    numbers = numbers[np.isfinite(numbers) & (numbers != 0)]
    return rng.permutation(numbers[:count])
