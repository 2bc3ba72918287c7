"""Names of the cells that derived code has beside those of the forward code."""

from __future__ import annotations

from collections.abc import Iterable

from ccc.skills.derive.code import Place


class Fresh:
    """Gives names that are not taken yet."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def name(self, wish: str) -> str:
        """`wish`, with a `_` or more behind it where that is taken."""
        while wish in self._taken:
            wish += "_"
        self._taken.add(wish)
        return wish


class Cells:
    """The scratch of a tangent skill.

    active: offsets of the cells of the forward code that have tangents. wide: scratch that is handed to other skills,
    whose tangents must stand behind its values. Both grow while the kinds are being found; the names of what is used
    are noted in `added`, with the number of cells.
    """

    def __init__(self, scratch: dict[str, tuple[int, int]], taken: Iterable[str]) -> None:
        self.active: set[int] = set()
        self.wide: set[str] = set()
        self.added: dict[str, int] = {}
        self._scratch = scratch
        self._fresh = Fresh([*taken, *scratch])
        self._names: dict[str, str] = {}

    def size(self, name: str) -> int:
        """How many cells of its own a slot or scratch has."""
        return self._scratch.get(name, (0, 1))[1]

    def tangent(self, place: Place) -> str:
        """The cell that holds the tangent of a scratch cell."""
        if place.name in self.wide:
            return f"{place.name} + {place.index + self.size(place.name)}"
        return self._companion(place, "dot")

    def away(self, place: Place) -> str:
        """The cell that holds how far the tangents are away from where a pointer points to."""
        return self._companion(place, "away")

    def _companion(self, place: Place, what: str) -> str:
        name = self.temporary(f"{place.name}_{what}", self.size(place.name))
        return f"{name} + {place.index}" if place.index else name

    def temporary(self, wish: str, size: int = 1) -> str:
        """Scratch called `wish`, the same at each use; it has the most cells that were asked for."""
        if wish not in self._names:
            self._names[wish] = self._fresh.name(wish)
        name = self._names[wish]
        self.added[name] = max(size, self.added.get(name, 0))
        return name

    def known(self, wish: str) -> str:
        """The name of what was asked for as `wish`, or the empty string."""
        name = self._names.get(wish, "")
        return name if name in self.added else ""

    def slot(self, wish: str) -> str:
        """A name for a slot that is added."""
        return self._fresh.name(wish)

    def forget(self) -> None:
        """Before the code is written: what was asked for so far was only to find the kinds."""
        self.added.clear()

    def declarations(self) -> list[str]:
        """The `.scratch` of the tangent skill: cells of the forward code as they stood, then what was added."""
        own = []
        for name, (_, size) in self._scratch.items():
            cells = 2 * size if name in self.wide else size
            own.append(name if cells == 1 else f"{name}, {cells}")
        added = [name if size == 1 else f"{name}, {size}" for name, size in self.added.items()]
        return [f".scratch {', '.join(part)}" for part in (own, added) if part]
