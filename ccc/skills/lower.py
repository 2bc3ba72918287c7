"""A hard mixture as the program that it is: a skill that calls its skills in order, or has their code in it."""

from __future__ import annotations

from collections.abc import Iterator

from ccc.errors import SkillError
from ccc.machine import FRAME_SLOTS_AT, FRAME_WINDOWS, FRAME_WINDOWS_AT, SLOT_CELLS
from ccc.skills.inline import CannotInlineError, Inliner
from ccc.skills.library import Library
from ccc.skills.lower_frame import Frame, Place
from ccc.skills.mixture import MANY_ROUNDS, Choice, Mixture, Step
from ccc.skills.mixture_tables import number_lines, set_line, slot_lines, step_lines, term_text
from ccc.skills.model import Card


def lowered_source(mixture: Mixture, library: Library, *, inline: bool = False) -> str:
    """The source of a skill that does what the hard mixture says, by calls, or by straight code with the calls inlined.

    Raises SkillError where the mixture is soft, and what `Library.card` does.
    """
    for step in mixture.steps:
        if not step.hard:
            weights = "; ".join(f"{term.weight:g} {term_text(term)}" for term in step.terms)
            hint = "only a hard mixture is a program; `ccc lower --composed` writes the tables of a soft one"
            raise SkillError(f"mixture '{mixture.name}' is soft: {weights}", hint)
    return _Lowering(mixture, library, inline=inline).source()


class _Lowering:
    def __init__(self, mixture: Mixture, library: Library, *, inline: bool) -> None:
        self._mixture, self._library, self._inline = mixture, library, inline
        self._frame = Frame(mixture)
        self._inliner = Inliner(library, self._frame)
        self._required: list[str] = []
        self._blocks: list[str] = []
        self._outside = False

    def source(self) -> str:
        mixture = self._mixture
        steps = [line for step in mixture.steps for line in self._step(step)]
        code = list(self._rounds(steps))
        if self._outside:
            value = self._frame.own("value")
            code += ["        return", "@outside:              # of a piece: an address fault"]
            code += [f"        movi {value}, -1", f"        ld   {value}, {value}"]
        how = "calls inlined" if self._inline else "as calls"
        lines = [f"# {mixture.description}", f"# Written from the mixture {mixture.name}, {how}:", "#"]
        lines += [f"# {line}" for line in step_lines(mixture)]
        required = [*self._required, *(name for name in self._inliner.required if name not in self._required)]
        lines += ["", f".require {', '.join(required)}"] if required else []
        lines += ["", f".skill {mixture.name}", *slot_lines(mixture), *self._frame.lines(), *code, ".endskill", ""]
        text = "\n".join(line.partition("#")[0] for line in lines)
        data = [*number_lines(mixture, text), *(line for name in self._blocks for line in self._block_lines(name))]
        lines += [".data", *data, ".code"] if data else []
        return "\n".join([*lines, ""]).rstrip() + "\n"

    def _block(self, name: str) -> str:
        """The cell with the address of a skill's row in the block table: a word may be too short for it."""
        if name not in self._blocks:
            self._blocks.append(name)
        return f"{self._mixture.name}.block.{name}"

    def _block_lines(self, name: str) -> Iterator[str]:
        yield f"{self._block(name)}:"
        yield f"        .reals {name}"

    # Rounds and steps

    def _rounds(self, steps: list[str]) -> Iterator[str]:
        mixture, frame = self._mixture, self._frame
        if mixture.count == 1:
            yield from steps
            return
        counted = mixture.count != MANY_ROUNDS
        left = frame.cell("rounds") if counted else ""
        if isinstance(mixture.count, str):
            yield from self._load(left, Choice.of(mixture.count))
            yield f"        addi {left}, 0         # an integer, or a fault"
        elif counted:
            yield f"        {set_line(left, float(mixture.count))}"
        yield f"@round: jle  {left}, @done" if counted else "@round:"
        yield from steps
        yield from frame.advances
        if mixture.until:
            value = frame.own("value")
            yield from self._load(value, Choice.of(mixture.until))
            yield f"        jle  {value}, @done"
        if counted:
            yield f"        fadd {left}, =-1"
        yield "        jmp  @round"
        yield "@done:"

    def _load(self, cell: str, choice: Choice) -> Iterator[str]:
        """The value of a piece of one cell."""
        place = self._frame.place(choice)
        yield from self._within([place])
        if place.number is not None:
            yield f"        {set_line(cell, place.number)}"
        elif place.local:
            yield f"        mov  {cell}, {place.local}"
        else:
            yield f"        ld   {cell}, {place.address}"

    def _within(self, places: list[Place]) -> Iterator[str]:
        """A fault where a slot moves on beyond its piece, for those that may."""
        for cell in dict.fromkeys(place.rows_left for place in places if place.rows_left):
            self._outside = True
            yield f"        jle  {cell}, @outside"

    def _step(self, step: Step) -> Iterator[str]:
        term, frame = step.term, self._frame
        if term.does_nothing:
            return
        card = self._library.card(term.skill)
        places = [frame.place(term.slots[slot.name]) for slot in card.slots]
        yield f"# {term_text(term)}"
        skip = ""
        if step.guard is not None:
            value, run, skip = frame.own("value"), frame.label("run"), frame.label("skip")
            yield from self._load(value, step.guard)
            yield f"        jle  {value}, {run}"
            yield f"        jmp  {skip}"
            yield f"{run}:"
        yield from self._within(places)
        yield from self._call(card, places)
        if skip:
            yield f"{skip}:"

    def _call(self, card: Card, places: list[Place]) -> list[str]:
        if self._inline:
            before = self._frame.copy()
            try:
                return self._inliner.call(card.name, places)
            except CannotInlineError:
                self._frame.go_back(before)
        if card.name not in self._required:
            self._required.append(card.name)
        if not self._frame.moves_stack and all(place.argument for place in places):
            return [f"        .invoke {', '.join([card.name, *(place.argument for place in places)])}"]
        return list(self._pushed(card, places))

    def _pushed(self, card: Card, places: list[Place]) -> Iterator[str]:
        """The frame of the call pushed cell by cell: slots, the last first, then windows."""
        for place in reversed(places):
            yield f"        push {place.stride}"
            yield f"        push {place.address}"
        windows: list[str] = []
        for slot, place in zip(card.slots, places, strict=True):
            if slot.role == "output":
                if place.written is None:
                    raise SkillError(f"'{self._mixture.name}': slot '{slot.name}' of '{card.name}' is not written")
                windows += self._frame.bounds(place.written)
        windows += ["=0"] * (2 * FRAME_WINDOWS - len(windows))
        for bound in reversed(windows):
            yield f"        push {bound}"
        yield f"        exec {self._block(card.name)}"
        yield f"        addsp {FRAME_SLOTS_AT - FRAME_WINDOWS_AT + SLOT_CELLS * len(places)}"
