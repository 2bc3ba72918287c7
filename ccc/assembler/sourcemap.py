"""Which source line made which cells."""

from __future__ import annotations

from ccc.assembler.content import Piece
from ccc.assembler.report import Sources
from ccc.errors import Span
from ccc.machine import SourceLine


class SourceMap:
    """Source lines by address; a macro's use stands before the lines of its body, which are then found first."""

    def __init__(self, sources: Sources) -> None:
        self.lines: list[SourceLine] = []
        self._sources = sources
        self._open: list[tuple[int, int]] = []  # the uses that the last piece came from: serial, place in lines
        self._end = -1

    def add(self, piece: Piece, start: int, size: int) -> None:
        """Note that `piece` made the `size` cells from `start` on."""
        if not size:
            return
        uses = piece.step.uses
        shared = 0
        if start == self._end:
            for (serial, _), use in zip(self._open, uses, strict=False):
                if serial != use.serial:
                    break
                shared += 1
        del self._open[shared:]
        for _, index in self._open:
            line = self.lines[index]
            self.lines[index] = SourceLine(line.start, start + size, line.file, line.line, line.text)
        for use in uses[shared:]:
            self._open.append((use.serial, len(self.lines)))
            self.lines.append(self._line(use.span, start, size))
        self.lines.append(self._line(piece.step.statement.span, start, size))
        self._end = start + size

    def _line(self, span: Span, start: int, size: int) -> SourceLine:
        return SourceLine(start, start + size, span.file, span.line, self._sources.line(span).strip())
