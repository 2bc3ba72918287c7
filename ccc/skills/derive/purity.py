"""Whether the Jacobian code of a skill says all about its derivatives, so that it can stand for its forward code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ccc.assembler.skill_syntax import Skill
from ccc.assembler.syntax import Directive, Name, SyntaxProblem
from ccc.skills.derive.code import Code, Line
from ccc.skills.derive.types import Types


def is_function(skill: Skill, types: Types, skills: Mapping[str, Skill], types_of: Callable[[Skill], Types]) -> bool:
    """Whether real slots are scalars; real outputs are written on every way through the code and never read; and no
    data are read once one was written.

    Only then is what an output holds before the call of no influence: the Jacobian has no columns for that. And only
    then is it the same when an output stands in the place of an input.
    """
    return _Check(skills, types_of).holds(skill, types)


class _Check:
    def __init__(self, skills: Mapping[str, Skill], types_of: Callable[[Skill], Types]) -> None:
        self._skills, self._types_of = skills, types_of
        self._open: set[str] = set()

    def holds(self, skill: Skill, types: Types) -> bool:
        real = [slot for slot in types.values() if slot.differentiable]
        if skill.name in self._open or not all(slot.scalar for slot in real):
            return False
        outputs = {slot.name for slot in real if slot.role == "output"}
        self._open.add(skill.name)
        try:
            code = Code(skill)
            writes = [self._writes(line, outputs) for line in code.lines]
            if any(found is None for found in writes):
                return False
            written = [found or set() for found in writes]
            return _always_written(code, written, outputs) and not _read_late(code, written)
        except SyntaxProblem:
            return False
        finally:
            self._open.discard(skill.name)

    def _writes(self, line: Line, outputs: set[str]) -> set[str] | None:
        """The outputs that a line writes; None where it may do something else with one, or goes where is not known."""
        names = [operand.name if isinstance(operand, Name) else "" for operand in line.operands]
        touched = [name for name in names if name.partition(".")[0] in outputs]
        if line.head == "jmpi":
            return None
        if line.head == "st" and names[0] in outputs and names[1:] == [n for n in names[1:] if n not in outputs]:
            return {names[0]}
        if line.head == ".invoke":
            return self._call_writes(line, names, outputs)
        return None if touched else set()

    def _call_writes(self, line: Line, names: list[str], outputs: set[str]) -> set[str] | None:
        body = line.step.statement.body
        assert isinstance(body, Directive)
        if any(label.name in outputs for cell in body.cells for label in cell.labels):
            return None
        callee = self._skills.get(names[0])
        given = names[1:]
        if not set(given) & outputs:
            return set()
        if callee is None:
            return None
        types = self._types_of(callee)
        if len(types) != len(given) or not self.holds(callee, types):
            return None
        written = {name for name, slot in zip(given, types.values(), strict=True) if slot.role == "output"}
        read = {name for name, slot in zip(given, types.values(), strict=True) if slot.role != "output"}
        return None if read & outputs else written & outputs


def _always_written(code: Code, writes: list[set[str]], outputs: set[str]) -> bool:
    """Whether every way to a return has written all outputs: the greatest solution, by a worklist."""
    before: dict[int, set[str]] = {0: set()}
    waiting = [0]
    end = len(code.lines)
    calls = [line.index for line in code.lines if line.head == "call"]
    while waiting:
        index = waiting.pop()
        if index == end:
            continue
        after = before[index] | writes[index]
        for successor in code.successors(code.lines[index], calls):
            known = before.get(successor)
            new = after if known is None else known & after
            if known is None or new != known:
                before[successor] = set(new)
                waiting.append(successor)
    ends = [before[end]] if end in before else []
    ends += [before[index] for index in before if index < end and code.lines[index].head == "return"]
    return all(outputs <= found for found in ends)


def _read_late(code: Code, writes: list[set[str]]) -> bool:
    """Whether data may be read after an output was written, and so perhaps what was written."""
    calls = [line.index for line in code.lines if line.head == "call"]
    late: set[int] = set()
    waiting = [index for index, found in enumerate(writes) if found]
    while waiting:
        for successor in code.successors(code.lines[waiting.pop()], calls):
            if successor not in late and successor < len(code.lines):
                late.add(successor)
                waiting.append(successor)
    return any(code.lines[index].head in ("ld", "ldx", "lds", ".invoke") for index in late)
