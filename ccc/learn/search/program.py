"""From graphs to hard mixtures: an order of the steps, pieces for the values, and starts set outside of the loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from ccc.learn.search.graph import (
    Apply,
    CannotCopyError,
    Graph,
    Held,
    Leaf,
    Node,
    Number,
    clearing_op,
    copy_of,
    reached,
    size_name,
)
from ccc.learn.search.kernels import Kernel
from ccc.learn.search.ops import Ops
from ccc.learn.search.vm import VM
from ccc.machine import FRAME_WINDOWS
from ccc.skills import Card, Mixture, Shape, Slot
from ccc.skills.mixture import LOCAL, MANY_ROUNDS, NUMBER, TURNED, Choice, Piece, Step, Term

Place = tuple[str, int]
"""A piece and how it moves on."""
LOOP = "_loop"
"""What the name of a loop has beyond that of the program which calls it."""


def mixtures_of(graph: Graph, card: Card, ops: Ops) -> tuple[Mixture, ...]:
    """The mixtures that do what a graph says, the last called like the card. Raises CannotCopyError."""
    if not graph.loops:
        return (_Body(graph, card, ops, {}).mixture(card.name),)
    return _loop(graph, card, ops)


def _loop(graph: Graph, card: Card, ops: Ops) -> tuple[Mixture, ...]:
    """A loop, and around it what sets its states and outputs first and what comes after it."""
    roots = graph.roots
    used = graph.used
    finals = [name for name in graph.outputs if name not in graph.moving]
    carriers = {state: name for name, state in graph.carried.items()}
    for name in finals:  # an output that is a state after the round is that state's piece
        for state in used:
            if (
                name not in carriers.values()
                and state not in carriers
                and graph.states[state].next == graph.outputs[name]
            ):
                carriers[state] = name
                break
    outer = [state for state in used if state not in carriers and graph.states[state].start != Number(0.0)]
    extra = {state: f"start_{number}" for number, state in enumerate(outer, 1)}
    carriers |= extra
    slots = list(card.slots)
    outputs = [slot for slot in slots if slot.role == "output" and slot.name in graph.outputs]
    for state in outer:
        held = next(node for node in reached(graph, roots) if isinstance(node, Held) and node.state == state)
        outputs.append(Slot(extra[state], "output", held.type, Shape(held.dimensions)))
    temporary = [name for name in graph.outputs if card.slot(name) is None]
    outputs += [Slot(name, "output", graph.outputs[name].type) for name in temporary]
    if len(outputs) > FRAME_WINDOWS:
        raise CannotCopyError(f"a loop has at most {FRAME_WINDOWS} outputs")
    inner = [slot for slot in slots if slot.role != "output"]
    before = graph.before
    inner += [Slot(name, "input", node.type, Shape(node.dimensions)) for name, node in before.items()]
    order = ("input", "output", "constant", "weight")
    inner_slots = sorted([*inner, *outputs], key=lambda slot: order.index(slot.role))
    if not (finals or outer or before or graph.after):
        return (_Body(graph, card, ops, carriers).mixture(card.name),)
    name = f"{card.name}{LOOP}"
    inner_card = replace(
        card, name=name, slots=tuple(inner_slots), examples=(), description=f"The loop of {card.name}."
    )
    loop = _Body(graph, inner_card, ops, carriers).mixture(name)
    starts = {carriers[state]: graph.states[state].start for state in used if state in carriers}
    starts |= {final: Number(0.0) for final in finals if final not in starts}
    return loop, _around(graph, card, ops, inner_card, starts)


def _around(graph: Graph, card: Card, ops: Ops, loop: Card, starts: Mapping[str, Node]) -> Mixture:
    """What sets the starts, calls the loop, and computes what comes after it."""
    body = _Body(Graph({}), card, ops, {})
    types = {slot.name: slot for slot in loop.slots}
    for name, computed in graph.before.items():
        body.local(name, types[name])
        body.write(computed, (name, 0))
    for name, node in starts.items():
        if card.slot(name) is None and node == Number(0.0):
            body.local(name, types[name])
            continue
        body.place_output(name, types[name], own=card.slot(name) is not None)
        if types[name].shape.dimensions and node == Number(0.0):
            node = body.zeros(types[name])
        body.write(copy_of(node, types[name].type, ops, name), (name, 0))
    for slot in loop.outputs:
        if card.slot(slot.name) is None:
            body.local(slot.name, slot)
    body.steps.append(Step((Term(loop.name, {slot.name: Choice.of(slot.name) for slot in loop.slots}),)))
    for name, node in graph.after.items():
        found = card.slot(name)
        assert found is not None
        value = node if isinstance(node, Apply) and not body.written(node) else copy_of(node, found.type, ops, name)
        body.write(value, (name, 0))
    return body.mixture(card.name, fill=False)


class _Body:
    """The steps of one mixture, and the pieces that they need."""

    def __init__(self, graph: Graph, card: Card, ops: Ops, carriers: Mapping[str, str]) -> None:
        self._graph, self._card, self._ops = graph, card, ops
        self._carriers = dict(carriers)
        self._locals: dict[str, Piece] = {}
        self._numbers: dict[float, Piece] = {}
        self._places: dict[Node, Place] = {}
        self.steps: list[Step] = []
        self._until = ""

    def mixture(self, name: str, *, fill: bool = True) -> Mixture:
        """All of it. fill: write the steps of the graph first."""
        if fill:
            self._fill()
        card, graph = self._card, self._graph
        slots = tuple(Piece(slot.name, slot.role, slot.type, slot.shape) for slot in card.slots)
        pieces = (*slots, *self._locals.values(), *self._numbers.values())
        count = MANY_ROUNDS if graph.count == 1 and graph.until else graph.count
        return Mixture(name, card.kind, card.description, pieces, tuple(self.steps), count, self._until)

    # Pieces

    def local(self, name: str, slot: Slot) -> None:
        self._locals.setdefault(name, Piece(name, LOCAL, slot.type, slot.shape))

    def zeros(self, slot: Slot) -> Leaf:
        """Zeros in the shape of a slot."""
        name = self._free("zeros_")
        self.local(name, slot)
        return Leaf(name, slot.type, 0, slot.shape.dimensions)

    def place_output(self, name: str, slot: Slot, *, own: bool) -> None:
        if not own:
            self.local(name, slot)

    def _free(self, stem: str) -> str:
        taken = {slot.name for slot in self._card.slots} | set(self._locals) | {p.name for p in self._numbers.values()}
        taken |= set(self._carriers.values())
        number = 1
        while f"{stem}{number}" in taken:
            number += 1
        return f"{stem}{number}"

    def _number(self, value: float) -> str:
        if value not in self._numbers:
            words = {0.0: "zero", 1.0: "one", 2.0: "two"}
            taken = {slot.name for slot in self._card.slots} | set(self._locals)
            word = words.get(value, "")
            name = word if word and word not in taken else self._free("number_")
            self._numbers[value] = Piece(name, NUMBER, Number(value).type, Shape(), (value,))
        return self._numbers[value].name

    def _place(self, node: Node) -> Place:
        """Where a value is read."""
        if isinstance(node, Number):
            return self._number(node.value), 0
        if isinstance(node, Leaf):
            return self._turned(node.piece) if node.turned else node.piece, node.advance
        if isinstance(node, Held):
            return self._carrier(node.state), 0
        return self._places[node]

    def _turned(self, matrix: str) -> str:
        """A matrix with rows and columns exchanged."""
        name = next((piece.name for piece in self._locals.values() if piece.of == matrix), "")
        if not name:
            name = self._free(f"{matrix}_turned_")
            slot = self._card.slot(matrix)
            assert slot is not None
            self._locals[name] = Piece(name, TURNED, slot.type, Shape(slot.shape.dimensions[::-1]), of=matrix)
        return name

    def _carrier(self, state: str) -> str:
        if state not in self._carriers:
            node = self._graph.states[state].next
            self._carriers[state] = self._free("s")
            name = self._carriers[state]
            self._locals[name] = Piece(name, LOCAL, node.type, Shape(node.dimensions))
        return self._carriers[state]

    # Steps

    def _fill(self) -> None:
        graph = self._graph
        roots = graph.roots
        used = graph.used
        goals: dict[Apply, Place] = {}
        outputs = dict(graph.outputs)
        for name, node in outputs.items():
            if name not in self._carriers.values():
                slot = self._card.slot(name)
                assert slot is not None
                goals[self._written(node, slot, name, goals)] = name, graph.moving.get(name, 0)
        order = self._order(used, roots, goals)
        for node in order:
            self.write(node, goals.get(node))
        if graph.until:
            self._until = self._carrier(graph.until)

    def _written(self, node: Node, slot: Slot, tag: str, goals: Mapping[Apply, Place]) -> Apply:
        """The step that writes an output: that of the value, or a copy of it."""
        carried = [self._graph.states[state].next for state in self._graph.states if state in self._carriers]
        fits = node.dimensions == slot.shape.dimensions[1 if tag in self._graph.moving else 0 :]
        if isinstance(node, Apply) and node not in goals and node not in carried and fits:
            return node
        return copy_of(node, slot.type, self._ops, tag)

    def _order(self, used: list[str], roots: list[Node], goals: dict[Apply, Place]) -> list[Apply]:
        """The steps in an order in which each state is written after it is last read; `goals` gains their places."""
        every: list[Node] = [*reached(self._graph, roots), *goals]
        needs: dict[Apply, set[Apply]] = {}
        for node in every:
            self._enter(node, needs)
        writers: dict[str, Apply] = {}
        for state in used:
            for writer in self._writers(state, goals):
                found = self._constrained({**writers, state: writer}, needs)
                if found is not None:
                    needs, writers[state] = found, writer
                    break
            else:
                raise CannotCopyError("states cannot be put in order")
            goals[writers[state]] = self._carrier(state), 0
        return _sorted(needs, {node: number for number, node in enumerate(needs)})

    def _writers(self, state: str, goals: Mapping[Apply, Place]) -> Iterator[Apply]:
        """Steps that may write a state: that of its value, a copy of it, a copy of a copy."""
        value = self._graph.states[state].next
        if isinstance(value, Apply) and value not in goals and _atomic(value):
            yield value
        yield copy_of(value, value.type, self._ops, state)
        inner = copy_of(value, value.type, self._ops, f"{state}'")
        yield copy_of(inner, inner.type, self._ops, state)

    @staticmethod
    def _enter(node: Node, needs: dict[Apply, set[Apply]]) -> None:
        if not isinstance(node, Apply):
            return
        for argument in node.arguments:
            _Body._enter(argument, needs)
        needs.setdefault(node, set()).update(part for part in node.arguments if isinstance(part, Apply))

    @staticmethod
    def _constrained(writers: Mapping[str, Apply], needs: Mapping[Apply, set[Apply]]) -> dict[Apply, set[Apply]] | None:
        """What comes before what, if each state is written after all that read it; None where that cannot be."""
        trial = {node: set(before) for node, before in needs.items()}
        for writer in writers.values():
            _Body._enter(writer, trial)
        for state, writer in writers.items():
            for node in trial:
                if any(isinstance(part, Held) and part.state == state for part in node.arguments) and node != writer:
                    trial[writer].add(node)
        try:
            TopologicalSorter(trial).prepare()
        except CycleError:
            return None
        return trial

    def written(self, node: Node) -> bool:
        """Whether a step gives this value already."""
        return node in self._places

    def write(self, node: Apply, goal: Place | None) -> None:
        """The step of a value after those of its arguments, and where it is written."""
        op = node.op
        if node in self._places:
            return
        for argument in node.arguments:
            if isinstance(argument, Apply):
                self.write(argument, None)
        if goal is None:
            name = self._free("t")
            self._locals[name] = Piece(name, LOCAL, node.type, Shape(node.dimensions))
            goal = name, 0
        self._places[node] = goal
        merged = self._merged(node, goal)
        if merged:
            return
        slots: dict[str, Choice] = {}
        given = {slot.name: argument for slot, argument in zip(op.arguments, node.arguments, strict=True)}
        for slot in op.card.slots:
            if slot.role != "output":
                slots[slot.name] = Choice.of(*self._place(given[slot.name]))
            elif slot.name == op.result.name:
                slots[slot.name] = Choice.of(*goal)
            else:
                spare = self._free("spare_")
                sizes = (size_name(given[part]) if isinstance(part, str) else part for part in slot.shape.dimensions)
                self._locals[spare] = Piece(spare, LOCAL, slot.type, Shape(tuple(sizes)))
                slots[slot.name] = Choice.of(spare)
        for slot in op.in_place:
            old = given[slot.name]
            target = slots[slot.name]
            fresh = target.piece in self._locals and not self._graph.loops and old == Number(0.0)
            if not fresh and self._place(old) != (target.piece, target.advance):
                self._prepare(old, slot, (target.piece, target.advance))
        self.steps.append(Step((Term(op.name, {slot.name: slots[slot.name] for slot in op.card.slots}),)))

    def _prepare(self, old: Node, slot: Slot, place: Place) -> None:
        """Have a piece hold what a step needs its output to hold before."""
        clearing = clearing_op(slot.type, self._ops) if old == Number(0.0) else None
        if clearing is None:
            self.write(copy_of(old, slot.type, self._ops, f"before {len(self.steps)}"), place)
        else:
            slots = {part.name: Choice.of(*place) for part in clearing.card.slots}
            self.steps.append(Step((Term(clearing.name, slots),)))

    def _merged(self, node: Apply, goal: Place) -> bool:
        """Let a step that is there already write this output of the same call too."""
        if goal[0] in self._carriers.values():
            return False
        for other, _ in list(self._places.items()):
            if other is node or not isinstance(other, Apply) or not _same_call(other, node):
                continue
            place = self._places[other]
            for number, step in enumerate(self.steps):
                term = step.term
                choice = term.slots.get(other.op.result.name)
                if term.skill == node.op.name and choice is not None and (choice.piece, choice.advance) == place:
                    slots = {**term.slots, node.op.result.name: Choice.of(*goal)}
                    spare = term.slots[node.op.result.name].piece
                    if spare in self._locals and spare.startswith("spare_"):
                        del self._locals[spare]
                        self.steps[number] = Step((Term(term.skill, slots),))
                        return True
        return False


def _same_call(one: Apply, other: Apply) -> bool:
    return (
        one.op.card is other.op.card
        and one.op is not other.op
        and one.arguments == other.arguments
        and one.tag == other.tag
        and not one.op.in_place
    )


def _atomic(node: Apply) -> bool:
    """Whether the step reads all that it reads before it writes, and reads no old value of its output."""
    return Kernel.NONE < node.op.kernel < VM and not node.op.in_place


def _sorted(needs: Mapping[Apply, set[Apply]], numbers: Mapping[Apply, int]) -> list[Apply]:
    """A topological order, the earliest first where several could be next."""
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    ready: list[Apply] = []
    order: list[Apply] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda node: numbers[node])
        node = ready.pop(0)
        order.append(node)
        sorter.done(node)
    return order
