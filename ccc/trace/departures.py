"""From a visible difference to its origin inside a Transformer (`ccc.neural.departure`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccc.emulator import Emulator
from ccc.machine import Executor, Image, State
from ccc.trace.comparison import Difference

if TYPE_CHECKING:
    from ccc.neural import Model, Search


def departure_of(executor: Executor, image: Image, inputs: Sequence[float], difference: Difference) -> Search | None:
    """Where `executor`, run on `image`, departs from the constructed weights; None where it is no Transformer."""
    if not hasattr(executor, "model"):
        return None
    from ccc.neural import constructed, find_departure

    model: Model = executor.model or constructed(image.dialect, image.width)

    def state_at(step: int) -> tuple[State, int]:
        emulator = Emulator()
        emulator.start(image, inputs)
        emulator.run(step)
        return emulator.state(), emulator.consumed

    return find_departure(model, image, inputs, difference.instruction.step, state_at)
