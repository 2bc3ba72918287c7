"""The commit log: one record an instruction, as simulators of processors write it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ccc.emulator import Emulator
from ccc.isa import Fault, decode
from ccc.machine import Image, Register, to_json_number


@dataclass(frozen=True, slots=True)
class CommitLog:
    """One instruction that was executed, or the one that faulted.

    reads, writes: (address, value). fault: empty, or the name of the fault that stopped it before any write.
    """

    step: int
    pc: float
    cells: tuple[float, ...]
    mnemonic: str
    reads: tuple[tuple[int, float], ...]
    writes: tuple[tuple[int, float], ...]
    next_pc: float
    sp: float
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        """The record as it stands in the file."""
        record: dict[str, Any] = {
            "step": self.step,
            "pc": to_json_number(self.pc),
            "instruction": [to_json_number(value) for value in self.cells],
            "mnemonic": self.mnemonic,
            "reads": [[address, to_json_number(value)] for address, value in self.reads],
            "writes": [[address, to_json_number(value)] for address, value in self.writes],
            "next_pc": to_json_number(self.next_pc),
            "sp": to_json_number(self.sp),
        }
        return record | ({"fault": self.fault} if self.fault else {})


def log_lines(emulator: Emulator, image: Image, max_steps: int | None = None) -> Iterator[CommitLog]:
    """Run a recording emulator, started on `image`, one instruction at a time, and say what each did."""
    registers = image.state.registers
    for step in itertools.count() if max_steps is None else range(max_steps):
        cells = emulator.next_instruction()
        before = registers
        executed = emulator.run(1)
        registers = emulator.registers()
        if not executed and registers[Register.FAULT] == before[Register.FAULT]:
            return
        row = decode(cells[0], extended=image.dialect.extended) if cells else None
        reads, writes = emulator.accesses() if executed else ((), ())
        yield CommitLog(
            step=step,
            pc=float(before[Register.PC]),
            cells=cells,
            mnemonic=row.mnemonic if row else "none",
            reads=reads,
            writes=writes,
            next_pc=float(registers[Register.PC]),
            sp=float(registers[Register.SP]),
            fault="" if executed else Fault(int(registers[Register.FAULT])).label,
        )
        if not executed:
            return


def to_line(record: CommitLog) -> str:
    """One line of the file."""
    return json.dumps(record.to_json(), separators=(",", ":")) + "\n"
