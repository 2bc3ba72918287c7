"""What a row of the witness is, and short constructors for rows.

The tables beside this file say, by hand, what each instruction must do. Nothing here computes a result: a row names the
cells before and the cells after. Unless a row says otherwise, it runs one instruction at address 0 of a memory of 32
cells, W = 32, the stack over cells 24..29 with sp = 27, every cell writable. By habit the operands are 20 and 21.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ccc.isa import BY_MNEMONIC, DIALECTS, SUBLEQ, Fault
from ccc.machine import Image, Layout, ProgramInfo, Register, State

SIZE = 32
LARGEST = 1.7976931348623157e308
SECOND_LARGEST = 1.7976931348623155e308
HALF_ULP = 9.9792015476736e291  # 2**970: added to LARGEST it is an exact tie, which rounds to infinity
BELOW_HALF_ULP = 9.979201547673598e291
TINIEST = 5e-324
NORMAL = 2.2250738585072014e-308  # the smallest normal double
MIN8, MAX8 = -128, 127
MIN16, MAX16 = -32768, 32767
MIN32, MAX32 = -2147483648, 2147483647

BAD_ADDRESSES = (-1, 32, 0.5, -0.5, 31.5, TINIEST, -2, 1e300, -1e300, 2**31, 2**53, 2**53 + 2, LARGEST)
"""No address of 32 cells. For an extended instruction -1 is as bad as any: it is input and output only in SUBLEQ."""

Cells = Mapping[int, float]
Outcome = Cells | Fault
"""What a row expects: the cells that change, or the fault."""

_REGISTERS = {"pc": 0, "sp": 27, "stack_low": 24, "stack_high": 30, "write_low": 0, "fault": 0, "fp": 0}


@dataclass(frozen=True)
class Case:
    """One row: a state, and what the machine must make of it in `steps` instructions."""

    name: str
    mnemonic: str
    cells: Cells  # those that matter; every other cell holds `background`
    changed: Cells
    pc: float  # after the steps, as all that follow
    sp: float
    fault: Fault
    outputs: tuple[float, ...]
    executed: int
    size: int = SIZE
    width: int = 32
    dialect: str = "ccc"
    registers: Mapping[str, float] = field(default_factory=dict)
    inputs: tuple[float, ...] = ()
    steps: int = 1
    fp: float = 0  # after the steps

    def image(self) -> Image:
        state = State(self._memory(), self._registers())
        return Image(state, DIALECTS[self.dialect], self.width, ProgramInfo(Layout.bare(self.size)))

    def expected(self) -> State:
        cells = self._memory()
        for address, value in self.changed.items():
            cells[address] = value
        registers = self._registers()
        registers[Register.PC], registers[Register.SP], registers[Register.FAULT] = self.pc, self.sp, self.fault
        registers[Register.FP] = self.fp
        return State(cells, registers)

    def _memory(self) -> np.ndarray:
        memory = np.array([background(address) for address in range(self.size)], dtype=np.float64)
        for address, value in self.cells.items():
            memory[address] = value
        return memory

    def _registers(self) -> np.ndarray:
        values = {"write_high": self.size} | _REGISTERS | self.registers
        return np.array([values[register.label] for register in Register], dtype=np.float64)


def background(address: int) -> float:
    """What a cell holds that a row does not mention: 50..113, told apart, a word of 8 bits, no address of 32 cells."""
    return 50 + address % 64


def row(
    mnemonic: str,
    code: Mapping[int, Sequence[float]] | Sequence[float],
    cells: Cells,
    outcome: Outcome,
    note: str = "",
    *,
    pc: float | None = None,
    sp: float | None = None,
    fp: float | None = None,
    out: Sequence[float] = (),
    steps: int = 1,
    executed: int | None = None,
    fault: Fault = Fault.NONE,
    **more: object,
) -> Case:
    """A row with its code cells spelled out: three cells at the initial pc, or a mapping from addresses to cells.

    A fault as the outcome means that nothing changes; `fault` beside changed cells, that earlier steps changed those.
    """
    registers = dict(more.get("registers", {}))  # type: ignore[call-overload]
    start = registers.get("pc", 0)
    blocks = code if isinstance(code, Mapping) else {int(start): code}
    placed = {first + i: value for first, block in blocks.items() for i, value in enumerate(block)}
    overlap = placed.keys() & cells.keys()
    assert not overlap, f"{mnemonic} {note}: cells {sorted(overlap)} given twice"
    if isinstance(outcome, Fault):
        fault, outcome = outcome, {}
    if pc is None:
        assert steps == 1, f"{mnemonic} {note}: a row of several steps must name the last pc"
        pc = start if fault else start + 3
    settings = {key: value for key, value in more.items() if key != "registers"} | registers
    tags = [f"{key}={value}" for key, value in settings.items()]
    text = " ".join([mnemonic, *map(_short, next(iter(blocks.values()))), *tags])
    inside = ",".join(f"{address}:{_short(value)}" for address, value in cells.items())
    return Case(
        name=f"{text} {{{inside}}} {note}".strip(),
        mnemonic=mnemonic,
        cells=placed | dict(cells),
        changed=outcome,
        pc=pc,
        sp=registers.get("sp", 27) if sp is None else sp,
        fp=registers.get("fp", 0) if fp is None else fp,
        fault=fault,
        outputs=tuple(out),
        executed=steps - bool(fault) if executed is None else executed,
        steps=steps,
        **more,  # type: ignore[arg-type]
    )


def op(mnemonic: str, b: float, c: float, cells: Cells, outcome: Outcome, note: str = "", **more: object) -> Case:
    """A row for one extended instruction."""
    return row(mnemonic, (opcode(mnemonic), b, c), cells, outcome, note, **more)  # type: ignore[arg-type]


def subleq(a: float, b: float, c: float, cells: Cells, outcome: Outcome, note: str = "", **more: object) -> Case:
    """A row for one SUBLEQ instruction."""
    return row("subleq", (a, b, c), cells, outcome, note, **more)  # type: ignore[arg-type]


def pair(mnemonic: str, width: int, left: float, right: float, result: float | Fault) -> Case:
    """M[20] = left, M[21] = right; M[20] becomes `result`."""
    outcome = result if isinstance(result, Fault) else {20: result}
    return op(mnemonic, 20, 21, {20: left, 21: right}, outcome, width=width)


def single(mnemonic: str, width: int, right: float, result: float | Fault) -> Case:
    """M[21] = right; M[20], which holds no integer, becomes `result`."""
    return pair(mnemonic, width, 0.25, right, result)


def window(low: int, high: int) -> dict[str, float]:
    """Registers with the addresses low..high-1 writable."""
    return {"write_low": low, "write_high": high}


def reads_and_writes(mnemonic: str, left: float = 3, right: float = 2) -> list[Case]:
    """The address and write faults that every `M[b] <- f(M[b], M[c])` shares; (left, right) are sound operands."""
    cells = {20: left, 21: right}
    rows = [op(mnemonic, bad, 21, cells, Fault.ADDRESS, "bad b") for bad in BAD_ADDRESSES]
    rows += [op(mnemonic, 20, bad, cells, Fault.ADDRESS, "bad c") for bad in BAD_ADDRESSES]
    rows += [
        op(mnemonic, 20, 21, cells, Fault.PROTECTED, "window ends at b", registers=window(0, 20)),
        op(mnemonic, 20, 21, cells, Fault.PROTECTED, "window begins after b", registers=window(21, 32)),
        op(mnemonic, 20, 21, cells, Fault.PROTECTED, "empty window at b", registers=window(20, 20)),
        op(mnemonic, 20, -1, cells, Fault.ADDRESS, "bad c, b protected: ADDRESS wins", registers=window(0, 20)),
    ]
    return rows


def not_words(mnemonic: str, width: int, *, first: bool, sound: float = 1) -> list[Case]:
    """INTEGER for every kind of number that is no word: of M[c], and where `first` of M[b] too."""
    limit = {8: 128, 16: 32768, 32: 2147483648}[width]
    bad = (0.5, -0.5, limit, -limit - 1, TINIEST, -TINIEST, 1e300, -LARGEST, 2**53, limit - 0.5)
    rows = [pair(mnemonic, width, sound, value, Fault.INTEGER) for value in bad]
    if first:
        rows += [pair(mnemonic, width, value, sound, Fault.INTEGER) for value in bad]
        rows += [pair(mnemonic, width, 0.5, limit, Fault.INTEGER)]
    return rows


def opcode(mnemonic: str) -> int:
    assert mnemonic != SUBLEQ.mnemonic
    return BY_MNEMONIC[mnemonic].opcode


def _short(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
