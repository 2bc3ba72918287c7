"""What an executor is: the protocol that the emulator and the neural engines satisfy without knowing of each other."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

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

    @property
    def consumed(self) -> int:
        """How many input values have been taken."""

    def snapshot(self) -> Any:
        """Where the run stands, all of it: whoever restores it goes on from there bit for bit. Never changes again."""

    def restore(self, snapshot: Any) -> None:
        """Go back, or forth, to where this executor stood when it gave `snapshot`, in the same run or an equal one."""


class BatchExecutor(Protocol):
    """Runs many programs side by side, each as an `Executor` would run it; one that has stopped costs nothing more."""

    @property
    def name(self) -> str:
        """The engine's name, as options and reports spell it."""

    def start(self, images: Sequence[Image], inputs: Sequence[Sequence[float]]) -> None:
        """Begin at the images' states, each with its own inputs. Raises ImageError where one does not fit."""

    def run(self, max_steps: int) -> list[int]:
        """Execute up to `max_steps` instructions of each program; return how many were, program by program."""

    def states(self) -> list[State]:
        """Copies of the present states."""

    def outputs(self) -> list[list[float]]:
        """Everything that each program has put out so far."""


@runtime_checkable
class ChecksummedExecutor(Executor, Protocol):
    """An executor that can keep the running checksum (`ccc.machine.checksum`) of what its instructions touch."""

    @property
    def checksum(self) -> int | None:
        """The checksum of all instructions since the start, or None where this executor was not asked to keep it."""


@runtime_checkable
class OpcodeCounter(Protocol):
    """An executor that can count what it executes."""

    @property
    def opcodes(self) -> dict[str, int] | None:
        """How often each mnemonic was executed since the start, or None where nothing is counted."""


def reason_of(state: State) -> Reason:
    """Why a run that left `state` ended."""
    if not state.stopped:
        return Reason.STEP_LIMIT
    return Reason.HALT if state.halted else Reason.FAULT
