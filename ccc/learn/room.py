"""Memory of a budget: one total, of which whatever runs takes as much as it comes to need."""

from __future__ import annotations


class Room:
    """So many bytes, to be taken and given back. Of a larger room: what is set aside there for somebody, who takes from
    the rest of it too when that is used up.
    """

    def __init__(self, size: int, of: Room | None = None) -> None:
        self.size, self._left, self._of, self._borrowed = size, size, of, 0
        if of is not None:
            of._left -= size

    @property
    def left(self) -> int:
        """Bytes that may still be taken."""
        return max(0, self._left) + (self._of.left if self._of is not None else 0)

    def take(self, size: int, *, at_any_rate: bool = False) -> bool:
        """Take so many bytes, if there are. at_any_rate: even if there are not."""
        if size > self.left and not at_any_rate:
            return False
        more = max(0, size - max(0, self._left)) if self._of is not None else 0
        if self._of is not None and more:
            self._of.take(more, at_any_rate=True)
            self._borrowed += more
        self._left -= size - more
        return True

    def give(self, size: int) -> None:
        """Give back what was taken, what is not its own first."""
        back = min(size, self._borrowed)
        if self._of is not None and back:
            self._of.give(back)
            self._borrowed -= back
        self._left += size - back

    def close(self) -> None:
        """Nobody takes from this any more: all of it is the larger room's again."""
        if self._of is not None:
            self._of.give(self.size + self._borrowed)
            self._left -= self.size
            self._of, self._borrowed = None, 0


class Claim:
    """What one thing takes of a room, given back when it is gone. most: it never takes more."""

    def __init__(self, room: Room, most: int, at_first: int = 0) -> None:
        """at_first: taken even if there is no room: what it can't do without."""
        self._room, self._most, self.size = room, most, at_first
        room.take(at_first, at_any_rate=True)

    def resize(self, size: int) -> bool:
        """Whether it may be so large now, and as large as it was besides while all is moved."""
        if size > self._most or not self._room.take(size):
            return False
        self._room.give(self.size)
        self.size = size
        return True

    def extend(self, more: int) -> bool:
        """Whether it may be larger by so many bytes now, where nothing is moved."""
        if self.size + more > self._most or not self._room.take(more):
            return False
        self.size += more
        return True

    def __del__(self) -> None:
        self._room.give(self.size)
