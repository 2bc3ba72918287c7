"""What a derivative is of and with respect to: cells, and values at the ports."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccc.errors import CccError, ExitCode, UsageError
from ccc.machine import Register, State


class GradientError(CccError):
    """A run that has no derivative: it ended in a fault, or its derivative is larger than any double."""

    exit_code = ExitCode.FAULT


@dataclass(frozen=True, slots=True)
class Output:
    """The value number `position` (from 0) that the program puts out."""

    position: int


@dataclass(frozen=True, slots=True)
class Input:
    """The value number `position` (from 0) that waits at the input port."""

    position: int


Target = int | Output
"""What is differentiated: the cell at an address, at the end of the run, or an output value."""

Source = int | Input
"""With respect to what: the cell at an address, at the beginning of the run, or an input value."""


def check_places(
    of: Sequence[Target], wrt: Sequence[Source], *, cells: int, inputs: int
) -> tuple[tuple[Target, ...], tuple[Source, ...]]:
    """`of` and `wrt` with addresses as Python's integers, whatever kind they were given as.

    Raises UsageError on an address or a number of an input value that does not exist.
    """
    targets = tuple(x if isinstance(x, Output) else _address(x, cells) for x in of)
    sources = tuple(x if isinstance(x, Input) else _address(x, cells) for x in wrt)
    for source in sources:
        if isinstance(source, Input) and not 0 <= source.position < inputs:
            raise UsageError(f"no input value number {source.position}: there are {inputs}, counted from 0")
    return targets, sources


def _address(given: int, cells: int) -> int:
    address = operator.index(given)
    if not 0 <= address < cells:
        raise UsageError(f"no cell {address}: the addresses are 0 to {cells - 1}")
    return address


def check_outputs(of: Sequence[Target], outputs: int) -> None:
    """Raises UsageError on the number of an output value beyond the `outputs` that there are."""
    for target in of:
        if isinstance(target, Output) and not 0 <= target.position < outputs:
            raise UsageError(f"no output value number {target.position}: the program put out {outputs}, counted from 0")


def refuse_fault(state: State, steps: int) -> None:
    """Raises GradientError where a run of `steps` instructions ended in a fault."""
    if state.registers[Register.FAULT] != 0:
        raise GradientError(
            f"the program stopped with the fault {state.fault_label} after {steps:,} instructions, at pc {state.pc:g}",
            "a derivative needs a run without fault",
        )


def values_of(of: Sequence[Target], state: State, outputs: Sequence[float]) -> NDArray[np.float64]:
    """What `of` came to in a run that ended in `state`, [len(of)]."""
    return np.array([outputs[x.position] if isinstance(x, Output) else state.cells[x] for x in of], np.float64)
