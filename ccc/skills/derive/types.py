"""What derivation has to know of a skill's slots: what they hold, and how many elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ccc.assembler.skill_syntax import Skill
from ccc.errors import CardError, Diagnostic
from ccc.machine import SLOT_KINDS
from ccc.skills.cards import read_card


@dataclass(frozen=True, slots=True)
class SlotType:
    """One slot. role: `input`, `output`, `constant` or `weight`. dimensions: numbers, or names of constant slots.

    differentiable: whether the Jacobian has rows or columns for this slot, and so its elements have tangents.
    """

    name: str
    role: str
    differentiable: bool
    dimensions: tuple[int | str, ...] = ()

    @property
    def scalar(self) -> bool:
        """Whether it holds one element, whatever the constants are."""
        return all(part == 1 for part in self.dimensions)


Types = Mapping[str, SlotType]
"""The slots of a skill by name, in the order of the frame."""


def slot_types(skill: Skill, card: Path) -> Types:
    """The types of a skill's slots, from its card. Raises CardError where it is wrong or of other slots, FileError."""
    said = read_card(card)
    for kind in SLOT_KINDS:
        there, here = skill.slots[kind], [slot.name for slot in said.of(kind)]
        if there != here:
            lists = f"the card has {', '.join(here) or 'none'}, the source {', '.join(there) or 'none'}"
            raise CardError([Diagnostic(f"{kind}s differ from those at {skill.span}: {lists}", said.span)])
    return {
        slot.name: SlotType(slot.name, slot.role, slot.differentiable, slot.shape.dimensions) for slot in said.slots
    }
