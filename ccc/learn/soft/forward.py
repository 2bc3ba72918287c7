"""Programs with weights as torch modules: reals go through traced skills, labels through tables of skills."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ccc.errors import SkillError
from ccc.learn.gradient.through import SkillFunction, Way
from ccc.learn.gradient.traced import NotStraightError
from ccc.learn.soft.program import Call, Program
from ccc.learn.soft.values import CHOICES, Labels, Soft, Table, certain
from ccc.skills import Library, Slot, Type

Rounds = list[Soft]
"""What an output is: one value, or one for each round."""


class SoftProgram(nn.Module):
    """A program whose weights, and those of its parts, are parameters."""

    def __init__(self, program: Program, library: Library, generator: torch.Generator) -> None:
        super().__init__()
        self.program, self._library = program, library
        self._functions: dict[tuple[str, tuple[tuple[str, int], ...]], SkillFunction] = {}
        self._tables: dict[tuple[str, tuple[tuple[int, ...], ...]], Table] = {}
        self.weights = nn.ParameterDict()
        for one in (*program.parts, program):
            for slot in one.trained:
                self.weights[key_of(one, slot)] = nn.Parameter(torch.zeros(slot.shape.sizes({}), dtype=torch.float64))
        self.begin(generator)

    def begin(self, generator: torch.Generator) -> None:
        """Draw all weights anew."""
        for one in (*self.program.parts, self.program):
            for slot in one.trained:
                self.weights[key_of(one, slot)].data = _drawn(slot, generator)

    def forward(self, given: Mapping[str, Tensor], rounds: int = 1, *, hard: bool = False) -> dict[str, Rounds]:
        """given: of the inputs, shape [lanes, *shape]. rounds: of a program that runs for each row. hard: labels are
        the likeliest ones instead of distributions. Raises SkillError where a skill has no derivative, or a call
        faults.
        """
        program = self.program
        found: dict[str, Rounds] = {slot.name: [] for slot in program.card.outputs}
        carried = {
            slot.name: _number(program.carried[slot.name], slot)
            for slot in program.card.outputs
            if slot.name in program.carried
        }
        for number in range(rounds if program.each else 1):
            inputs: dict[str, Soft] = {
                slot.name: given[slot.name][:, number] if program.moves(slot) else given[slot.name]
                for slot in program.card.inputs
            }
            values = self._run(program, {**inputs, **carried}, hard)
            carried = {name: values[name] for name in carried}
            for slot in program.card.outputs:
                found[slot.name].append(values[slot.name])
        return {
            slot.name: found[slot.name] if program.moves(slot) else found[slot.name][-1:]
            for slot in program.card.outputs
        }

    def _run(self, program: Program, values: Mapping[str, Soft], hard: bool) -> dict[str, Soft]:
        """All values after the steps."""
        known = dict(values)
        for slot in program.trained:
            known[slot.name] = self.weights[key_of(program, slot)][None]
        for call in program.calls:
            arguments = [_value(known, argument, slot) for slot, argument in call.arguments]
            for (_, name), value in zip(call.results, self._call(call, arguments, hard), strict=True):
                known[name] = value
        return known

    def _call(self, call: Call, arguments: Sequence[Soft], hard: bool) -> list[Soft]:
        name = call.step.skill
        if call.part is not None:
            inputs = {slot.name: value for (slot, _), value in zip(call.arguments, arguments, strict=True)}
            found = self._run(call.part, inputs, hard)
            return [found[slot.name] for slot in call.part.card.outputs]
        if name in CHOICES:
            chosen = CHOICES[name](cast(Tensor, arguments[0]))
            return [chosen.hard() if hard else chosen]
        if all(slot.type is Type.REAL for slot, _ in call.results):
            if not all(isinstance(value, Tensor) for value in arguments):
                raise SkillError(f"'{name}' computes reals, and gets a distribution over labels")
            return self._traced(call, cast(Sequence[Tensor], arguments))
        if not all(isinstance(value, Labels) for value in arguments):
            choices = ", ".join(CHOICES)
            raise SkillError(f"'{name}' makes labels of reals, which cannot be trained", f"use {choices}")
        return list(self._table(call, cast(Sequence[Labels], arguments))(cast(Sequence[Labels], arguments)))

    def _traced(self, call: Call, arguments: Sequence[Tensor]) -> list[Soft]:
        key = (call.step.skill, tuple(sorted(call.sizes.items())))
        if key not in self._functions:
            self._functions[key] = _function(self._library, call)
        values = {
            slot.name: value.reshape(len(value), *slot.shape.sizes(call.sizes))
            for (slot, _), value in zip(call.arguments, arguments, strict=True)
        }
        found = self._functions[key](values)
        return [found[slot.name] for slot, _ in call.results]

    def _table(self, call: Call, arguments: Sequence[Labels]) -> Table:
        key = (call.step.skill, tuple(one.support for one in arguments))
        if key not in self._tables:
            slots, outputs = ([slot.name for slot, _ in pairs] for pairs in (call.arguments, call.results))
            self._tables[key] = Table(self._library, call.step.skill, slots, key[1], outputs)
        return self._tables[key]


def _function(library: Library, call: Call) -> SkillFunction:
    """By a recording; by its Jacobian code where a skill is no straight line. Raises SkillError where neither goes."""
    try:
        return SkillFunction(library, call.step.skill, call.sizes, Way.TRACE)
    except NotStraightError as error:
        if not call.card.differentiable:
            raise SkillError(error.message, "a skill with Jacobian code could be trained") from None
        return SkillFunction(library, call.step.skill, call.sizes, Way.JACOBIAN)


def key_of(program: Program, slot: Slot) -> str:
    """The name of a weight among those of all programs."""
    return f"{program.name}__{slot.name}"


def _value(known: Mapping[str, Soft], argument: str | float, slot: Slot) -> Soft:
    if isinstance(argument, str):
        return known[argument]
    return _number(argument, slot)


def _number(number: float, slot: Slot) -> Soft:
    """What a slot that is given a number gets."""
    return certain(number) if slot.type is not Type.REAL else torch.full((1,), number, dtype=torch.float64)


def _drawn(slot: Slot, generator: torch.Generator) -> Tensor:
    """A matrix uniform within 1 / sqrt(columns), a vector of zeros."""
    shape = slot.shape.sizes({})
    if len(shape) < 2:
        return torch.zeros(shape, dtype=torch.float64)
    uniform = 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1
    return uniform / math.sqrt(shape[1])
