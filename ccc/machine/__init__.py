"""The machine's state and how it is kept: registers and cells, layout of the blocks, the image on disk.

Nothing here executes an instruction; `emulator` and `neural` do, each on its own.
"""

from ccc.machine.executor import BatchExecutor, ChecksummedExecutor, Executor, OpcodeCounter, Reason, reason_of
from ccc.machine.image import Image, ProgramInfo, SourceLine, read_image, write_image
from ccc.machine.layout import (
    BLOCK_ORDER,
    FRAME_ORIGIN,
    FRAME_RETURN,
    FRAME_SLOTS_AT,
    FRAME_WINDOWS,
    FRAME_WINDOWS_AT,
    Block,
    Layout,
)
from ccc.machine.numbers import (
    MAX_CELLS,
    WIDTHS,
    Cells,
    check_cells,
    format_cell,
    is_word,
    same_bits,
    to_json_number,
    word_range,
    wrap,
)
from ccc.machine.singles import SinglesBatch
from ccc.machine.state import REGISTERS, Register, State, frame_problem, fresh_registers, instruction_at

__all__ = [
    "BLOCK_ORDER",
    "FRAME_ORIGIN",
    "FRAME_RETURN",
    "FRAME_SLOTS_AT",
    "FRAME_WINDOWS",
    "FRAME_WINDOWS_AT",
    "MAX_CELLS",
    "REGISTERS",
    "WIDTHS",
    "BatchExecutor",
    "Block",
    "Cells",
    "ChecksummedExecutor",
    "Executor",
    "Image",
    "Layout",
    "OpcodeCounter",
    "ProgramInfo",
    "Reason",
    "Register",
    "SinglesBatch",
    "SourceLine",
    "State",
    "check_cells",
    "format_cell",
    "frame_problem",
    "fresh_registers",
    "instruction_at",
    "is_word",
    "read_image",
    "reason_of",
    "same_bits",
    "to_json_number",
    "word_range",
    "wrap",
    "write_image",
]
