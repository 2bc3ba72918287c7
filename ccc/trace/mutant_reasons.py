"""Why a wrong weight shows in nothing: read off what was seen of it, and off the weights around it."""

from __future__ import annotations

import enum
import math

from ccc.neural import Effect, Threshold, Trial

_NOTHING_TO_THE_CPU = {f"cpu {name}" for name in ("hit", "incoming", "position", "position_squared", "end")}


class Reason(enum.Enum):
    """Why a survivor can't matter, as far as that was found."""

    AT_REST = (
        "It acts only on a machine that has stopped, and no engine takes such a machine any further. Seen: it shows as "
        "soon as stopped machines are stepped."
    )
    AFTER_A_FAULT = (
        "It changes only steps that stop the machine in any case: what they compute and never write, or what they "
        "leave in the stream. Seen: every state for which its sublayer gave something else stopped in that step."
    )
    OTHER_ROWS = (
        "It changes rows of one kind of token in directions that mean something in another kind's only: working values "
        "of the CPU in a cell, say, or `hit` in the CPU. Seen: the streams differed nowhere else, and no state did in "
        "the steps that followed. The weight keeps those rows as they are, which engines that skip them rely on."
    )
    INTEGERS = (
        "It moves a threshold that compares integers from one place between two of them to another. Checked: the other "
        "weights of the form are integers, and it opens for the same integers as before."
    )
    OUTVOTED = (
        "It changes a score of attention where that makes no difference: the key that wins is far enough ahead with "
        "and without it. Seen: the sublayer gave the same, bit for bit, for every state."
    )
    SAME_EXPERT = (
        "It sends opcodes to another expert that does the same for them at this stage, which is mostly nothing. Seen: "
        "the sublayer gave the same, bit for bit, for every state."
    )
    NEVER_READ = (
        "It scales what is 0 wherever it is read: a direction that the attended tokens have nothing in, or a unit that "
        "is shut, in every state. Seen: the sublayer gave the same, bit for bit, for every state."
    )
    ONLY_ZERO_OR_NOT = (
        "It changes a flag of which the host asks only whether it is 0, and which the next step clears whatever it is. "
        "Seen: the streams differed only there."
    )
    OVERWRITTEN = (
        "It changes what a later sublayer erases or selects against. Seen: the streams were equal again before the end "
        "of the step, for every state."
    )
    REMAINS = "It leaves something in the stream of a running machine that no later step was seen to take up."


def reason_for(name: str, value: float, trial: Trial, at_rest: Trial, gate: Threshold | None) -> Reason:
    """The reason for a survivor.

    name: the weight's. value: what it was changed to. at_rest: its trial on stopped machines. gate: the threshold that
    it is the constant of.
    """
    if trial.effect is Effect.NONE:
        if gate is not None and gate.whole and same_integers(gate, value):
            return Reason.INTEGERS
        if at_rest.effect is not Effect.NONE:
            return Reason.AT_REST
        if ".router." in name:
            return Reason.SAME_EXPERT
        matrix = name.rpartition(".")[2]
        return Reason.OUTVOTED if matrix.startswith(("query", "key")) else Reason.NEVER_READ
    if trial.ending:
        return Reason.AFTER_A_FAULT
    if trial.effect is Effect.ABSORBED:
        return Reason.OVERWRITTEN
    if all(entry in _NOTHING_TO_THE_CPU or not entry.startswith("cpu ") for entry in trial.left):
        return Reason.OTHER_ROWS
    if trial.left <= {"cpu taken", "port hit"}:
        return Reason.ONLY_ZERO_OR_NOT
    return Reason.REMAINS


def same_integers(gate: Threshold, value: float) -> bool:
    """Whether a threshold over integers opens for the same ones with its constant at `value`."""
    if not all(weight.is_integer() for weight in gate.weights):
        return False
    # n + c > 0 for an integer n is n > -c, which is n >= floor(-c) + 1.
    return math.floor(-gate.constant) == math.floor(-value)
