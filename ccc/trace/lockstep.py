"""Two executors in lockstep: the whole state is compared after every instruction, bit for bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ccc.trace.comparison import Comparison, Difference, Instruction, Pair, next_instruction

Progress = Callable[[int], None]
"""Told how many instructions were compared so far."""
Stop = Callable[[], bool]
"""Asked whether to stop."""


def lockstep(
    pair: Pair,
    result: Comparison,
    *,
    max_steps: int,
    context: int,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> tuple[Instruction, ...]:
    """Run `pair` from where it stands, one instruction at a time, and complete `result`.

    result: what was compared so far; it says how many instructions were. max_steps: the number, counted from the start
    of the program, at which to stop. context: how many instructions before a difference are kept. Returns the last.
    """
    leading: deque[Instruction] = deque(maxlen=context)
    interrupted = False
    while result.instructions < max_steps and not pair.state.stopped and not interrupted:
        before = pair.state
        instruction = next_instruction(pair.image, before, result.instructions)
        executed, _ = pair.run(1)
        changes = pair.compare(before)
        if changes:
            result.difference = Difference(instruction, changes, tuple(leading))
            break
        leading.append(instruction)
        if executed:
            result.instructions += 1
            if result.opcodes is not None:
                result.opcodes[instruction.mnemonic] = result.opcodes.get(instruction.mnemonic, 0) + 1
        if progress:
            progress(result.instructions)
        interrupted = stop is not None and stop()
    result.outputs = pair.outputs
    result.end(pair.state, interrupted=interrupted)
    return tuple(leading)
