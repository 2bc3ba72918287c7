"""Skills written into a folder, derived, and called: what the tests of `ccc derive` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ccc.assembler import assemble_text
from ccc.emulator import Emulator
from ccc.isa import Fault
from ccc.machine import Image
from ccc.neural import gradient
from ccc.skills.call import Result, call_skill, fit
from ccc.skills.derive import derive_file
from ccc.skills.library import Library
from ccc.skills.model import Card, Slot, sizes_of

Matrix = NDArray[Any]
Values = Mapping[str, ArrayLike]


def write_skill(folder: Path, name: str, slots: str, text: str, kind: str = "real") -> Path:
    """A skill with its card. slots: the sections of the card, one a line. text: what stands behind `.skill NAME`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(f"skill: {name}\nkind: {kind}\ndescription: A test.\n{slots}\n")
    path = folder / f"{name}.s"
    required = [line for line in text.splitlines() if line.startswith(".require")]
    body = "\n".join(line for line in text.splitlines() if not line.startswith(".require"))
    path.write_text("\n".join([*required, f".skill {name}", body, ".endskill", ""]))
    return path


def derive_into(folder: Path, path: Path, libraries: Sequence[Path] = ()) -> str:
    """Derive the skill in `path`, and put the result with its card into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = derive_file(path, libraries=libraries).text
    (folder / path.name).write_text(text)
    (folder / path.with_suffix(".yaml").name).write_text(path.with_suffix(".yaml").read_text())
    return text


class Derived:
    """A skill with derived Jacobian code, in a library of its own, before others."""

    def __init__(self, tmp: Path, name: str, slots: str, text: str, libraries: Sequence[Path] = (), kind: str = "real"):
        path = write_skill(tmp / "source", name, slots, text, kind)
        self.text = derive_into(tmp / "derived", path, [tmp / "derived", *libraries])
        self.name = name
        self.library = Library([tmp / "derived", *libraries])

    @property
    def card(self) -> Card:
        return self.library.card(self.name)

    def forward(self, values: Values, before: Values | None = None) -> Result:
        return call_skill(self.library, self.name, values, before=before)

    def jacobian(self, values: Values, before: Values | None = None, width: int | None = None) -> Matrix:
        result = call_skill(self.library, self.name, values, before=before, jacobian=True, width=width)
        assert result.fault is Fault.NONE, result.fault
        assert result.jacobian is not None
        return result.jacobian

    def autograd(self, values: Values, before: Values | None = None, engine: str = "sparse") -> Matrix:
        """The Jacobian by reverse mode through every executed instruction of the Transformer."""
        given, starts = fit(self.card, values, before)
        image, addresses = self._small_image(given, starts)

        def cells(slots: Sequence[Slot], arrays: Mapping[str, Any]) -> list[int]:
            return [addresses[slot.name] + index for slot in slots for index in range(arrays[slot.name].size)]

        of, wrt = cells(self.card.row_slots(), starts), cells(self.card.column_slots(), given)
        found = gradient(image, of=of, wrt=wrt, engine=engine, advance=Emulator)
        return np.asarray(found.jacobian)

    def _small_image(self, given: Mapping[str, Matrix], starts: dict[str, Matrix]) -> tuple[Image, dict[str, int]]:
        """A call of the forward code, with as small a stack as will do: autograd pays for every cell of memory."""
        sizes = sizes_of(self.card, given)
        for slot in self.card.outputs:
            starts.setdefault(slot.name, np.zeros(slot.shape.sizes(sizes)))
        names = [slot.name for slot in self.card.slots]
        lines = [
            f".require {self.name}",
            f".invoke {', '.join([self.name, *(f'of.{name}' for name in names)])}",
            "halt",
        ]
        lines += [".data"]
        for name in names:
            array = {**given, **starts}[name]
            lines += [f"of.{name}.at: .reals {', '.join(map(repr, array.reshape(-1).tolist()))}"]
            lines += [f".pointer of.{name}, of.{name}.at{''.join(f', {size}' for size in array.shape)}"]
        source = self.library.find(self.name)
        room = sum(skill.room + 40 for skill in source.outline.skills.values())
        text = "\n".join([*lines, f".stack {room}", ""])
        image = assemble_text(text, base=source.source.parent, libraries=source.folders)
        return image, {name: image.info.symbols[f"of.{name}.at"] for name in names}

    def quotients(self, values: Values, before: Values | None = None, step: float = 1e-5) -> Matrix:
        """The Jacobian by central differences."""
        given, starts = fit(self.card, values, before)
        columns = []
        for slot in self.card.column_slots():
            for index in range(given[slot.name].size):
                sides = []
                for sign in (1, -1):
                    moved = {name: value.copy() for name, value in given.items()}
                    moved[slot.name].reshape(-1)[index] += sign * step
                    result = call_skill(self.library, self.name, moved, before=starts)
                    assert result.fault is Fault.NONE
                    rows = [result.outputs[out.name].reshape(-1) for out in self.card.row_slots()]
                    sides.append(np.concatenate(rows))
                columns.append((sides[0] - sides[1]) / (2 * step))
        return np.stack(columns, axis=1)

    def agree(self, values: Values, before: Values | None = None, engine: str = "sparse") -> Matrix:
        """The Jacobian, found to be that of autograd and that of finite differences."""
        found = self.jacobian(values, before)
        exact = self.autograd(values, before, engine)
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(exact).max(initial=0)))
        np.testing.assert_allclose(found, self.quotients(values, before), rtol=1e-6, atol=1e-6)
        return found
