"""The order in which a run is recomputed: every segment once, the last one first, in the room and time allowed."""

from __future__ import annotations

from functools import cache

import pytest

from ccc.neural.gradients.schedule import Drop, Keep, Record, reversal


@cache
def fewest_advances(length: int, slots: int) -> int:
    """By trying every place for the next checkpoint."""
    if length <= 1:
        return 0
    if slots == 1:
        return length * (length - 1) // 2
    return min(at + fewest_advances(length - at, slots - 1) + fewest_advances(at, slots) for at in range(1, length))


def follow(length: int, slots: int) -> tuple[list[int], int, int]:
    """The segments recorded, the segments advanced through, and the most checkpoints held."""
    held, recorded, advanced, most = {0}, [], 0, 1
    for action in reversal(length, slots):
        if isinstance(action, Drop):
            held.remove(action.segment)
            continue
        assert action.start in held
        assert action.start <= action.segment < length
        advanced += action.segment - action.start
        if isinstance(action, Keep):
            assert action.segment not in held
            held.add(action.segment)
            most = max(most, len(held))
        else:
            assert isinstance(action, Record)
            recorded.append(action.segment)
    assert held == {0}
    return recorded, advanced, most


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 8])
def test_records_every_segment_backwards_with_the_fewest_advances(slots: int) -> None:
    for length in range(70):
        recorded, advanced, most = follow(length, slots)
        assert recorded == list(reversed(range(length)))
        assert most <= slots
        assert advanced == fewest_advances(length, slots)


def test_long_runs_need_few_checkpoints() -> None:
    recorded, advanced, most = follow(20_000, 16)
    assert len(recorded) == 20_000
    assert most <= 16
    assert advanced <= 5 * 20_000  # C(16 + 5, 5) = 20,349 segments need no more than 5 advances each


def test_no_checkpoint_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        list(reversal(3, 0))
