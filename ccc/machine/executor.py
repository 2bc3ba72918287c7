"""What an executor is: the protocol that the emulator and the neural engines satisfy without knowing of each other."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from ccc.machine.image import Image
from ccc.machine.state import State


class Reason(enum.Enum):
    """Why a run ended."""

    HALT = "halt"
    FAULT = "fault"
    STEP_LIMIT = "step-limit"


class Executor(Protocol):
    """Runs one program. One step is one instruction; a stopped program stays as it is.

    The host's whole part is the ports: it hands in the next input value and whether there is one, and collects output.
    """

    @property
    def name(self) -> str:
        """The engine's name, as options and reports spell it."""

    def start(self, image: Image, inputs: Sequence[float]) -> None:
        """Begin at the image's state with `inputs` waiting at the port. Raises ImageError where it does not fit."""

    def run(self, max_steps: int) -> int:
        """Execute up to `max_steps` instructions; return how many were. A faulting one is not counted."""

    def state(self) -> State:
        """A copy of the present state."""

    def outputs(self, start: int = 0) -> list[float]:
        """Everything output so far, from the value number `start` on."""


def reason_of(state: State) -> Reason:
    """Why a run that left `state` ended."""
    if not state.stopped:
        return Reason.STEP_LIMIT
    return Reason.HALT if state.halted else Reason.FAULT
