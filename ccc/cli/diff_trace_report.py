"""What `ccc diff-trace` says of a comparison: as text, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ccc.assembler import address_names, format_instruction
from ccc.cli.options import json_number
from ccc.machine import Image, format_cell

if TYPE_CHECKING:
    from ccc.neural import Departure, Search
    from ccc.trace import Change, Comparison, Instruction

_SHOWN = 20  # disagreements listed


@dataclass(frozen=True)
class Report:
    """A comparison and what it was of. searches: by side, where a Transformer departs from the constructed weights."""

    result: Comparison
    image: Image
    left: str
    right: str
    searches: Mapping[str, Search]

    def text(self) -> str:
        """The report for people."""
        return self._difference() if self.result.difference else self._agreement()

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        result = self.result
        return {
            "equal": result.equal,
            "instructions": result.instructions,
            "every": result.every,
            "opcodes": result.opcodes,
            "outputs": result.outputs,
            "reason": result.reason,
            "first_difference": self._first_difference(),
            "departures": [
                {
                    "side": side,
                    "engine": {"left": self.left, "right": self.right}[side],
                    "departure": _departure_json(search.departure) if search.departure else None,
                    "searched_steps": [list(steps) for steps in search.searched],
                    "note": search.note,
                }
                for side, search in self.searches.items()
            ],
            "checksum": self.image.checksum,
        }

    def _agreement(self) -> str:
        result = self.result
        opcodes = "not counted"
        if result.opcodes is not None:
            listed = ", ".join(f"{name} {count:,}" for name, count in sorted(result.opcodes.items()))
            opcodes = f"{len(result.opcodes)}: {listed or 'none'}"
        so_far = " so far" if result.interrupted else ""
        return (
            f"no difference{so_far}: {self.left} and {self.right}\n"
            f"instructions compared  {result.instructions:,}\n"
            f"values put out         {result.outputs:,}\n"
            f"whole state compared   {_interval(result.every)}\n"
            f"ended by               {result.reason}\n"
            f"opcodes covered        {opcodes}"
        )

    def _difference(self) -> str:
        difference = self.result.difference
        assert difference is not None
        lines = [f"difference after {self.result.instructions:,} equal instructions, {self.left} and {self.right}"]
        names = address_names(self.image)
        for instruction in (*difference.leading, difference.instruction):
            marker = ">" if instruction is difference.instruction else " "
            at, text = format_cell(instruction.pc), self._instruction(names, instruction)
            source = self._source(instruction.pc)
            lines.append(f"{marker} step {instruction.step:<6} pc {at:<6} {text:<32} {source}".rstrip())
        same = self.left == self.right
        titles = (f"{self.left} (left)", f"{self.right} (right)") if same else (self.left, self.right)
        lines += _table(difference.changes[:_SHOWN], *titles)
        if len(difference.changes) > _SHOWN:
            lines.append(f"  and {len(difference.changes) - _SHOWN} more")
        for side, search in self.searches.items():
            lines += ["", *_search_lines(dict(zip(("left", "right"), titles, strict=True))[side], search)]
        return "\n".join(lines)

    def _source(self, pc: float) -> str:
        line = self.image.info.line_at(pc)
        return f"{line.file}:{line.line}: {line.text.strip()}" if line else ""

    def _instruction(self, names: Mapping[int, str], instruction: Instruction) -> str:
        if not instruction.cells:
            return "(no instruction: outside memory)"
        return format_instruction(instruction.cells, names, extended=self.image.dialect.extended)

    def _first_difference(self) -> dict[str, Any] | None:
        if not self.result.difference:
            return None
        at = self.result.difference.instruction
        return {
            "step": at.step,
            "pc": json_number(at.pc),
            "instruction": self._instruction(address_names(self.image), at),
            "source": self._source(at.pc),
            "changes": [
                {
                    "what": change.what,
                    "before": _json_value(change.before),
                    "left": _json_value(change.left),
                    "right": _json_value(change.right),
                }
                for change in self.result.difference.changes
            ],
        }


def _interval(every: int) -> str:
    return "after every instruction" if every == 1 else f"every {every:,} instructions, and at the end"


def _table(changes: Sequence[Change], left: str, right: str) -> list[str]:
    """What differs, a line each: before the instruction, and after it on either side."""
    rows: list[tuple[str, ...]] = [("", "before", left, right)]
    rows += [(change.what, _cell(change.before), _cell(change.left), _cell(change.right)) for change in changes]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    markers = [" ", *"!" * len(changes)]
    return [
        f"{marker} {row[0]:<{widths[0]}}  " + "  ".join(f"{row[c]:>{widths[c]}}" for c in (1, 2, 3))
        for marker, row in zip(markers, rows, strict=True)
    ]


def _cell(value: float | str | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else format_cell(value)


def _json_value(value: float | str | None) -> Any:
    return value if value is None or isinstance(value, str) else json_number(value)


def _search_lines(title: str, search: Search) -> list[str]:
    """Where one side departs from the constructed weights, or why that is not known."""
    steps = " and ".join(f"{first:,} to {last:,}" for first, last in search.searched)
    searched = [f"  searched   steps {steps}"] if steps else []
    found = search.departure
    if found is None:
        return [f"{title}: no departure from the constructed weights found", f"  because    {search.note}", *searched]
    return [
        f"{title} departs from the constructed weights in step {found.step:,}",
        f"  sublayer   {_where(found)}",
        f"  token      {found.token}",
        f"  direction  {found.direction}",
        f"  holds      {format_cell(found.value)} instead of {format_cell(found.expected)}",
        *searched,
    ]


def _where(found: Departure) -> str:
    """The sublayer and the part of it, in words."""
    if found.expected_expert:
        return f"{found.layer}, router: expert {found.expert} instead of {found.expected_expert}"
    parts = [
        found.layer,
        found.head and f"head {found.head}",
        found.expert and f"expert {found.expert}",
        found.part and f"its sublayer {found.part}",
        found.unit and f"unit {found.unit}",
    ]
    return ", ".join(part for part in parts if part)


def _departure_json(found: Departure) -> dict[str, Any]:
    """All its fields; those that do not apply are null."""
    fields = {name: None if value == "" else value for name, value in asdict(found).items()}
    return fields | {"value": json_number(found.value), "expected": json_number(found.expected)}
