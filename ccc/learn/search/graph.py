"""Programs as the search holds them: values by what they are computed from, and loops that carry states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ccc.learn.search.kernels import Kernel
from ccc.learn.search.ops import Op, Ops, rank
from ccc.skills import Type


@dataclass(frozen=True)
class Leaf:
    """A piece of data. advance: how many rows it moves on with each round. dimensions: of what it gives. turned: of a
    matrix, columns in place of rows. of: what the piece is computed from before the loop, where it is not given.
    """

    piece: str
    type: Type
    advance: int = 0
    dimensions: tuple[int | str, ...] = ()
    turned: bool = False
    of: Apply | None = None


@dataclass(frozen=True)
class Number:
    """A number that the program contains."""

    value: float

    @property
    def type(self) -> Type:
        return Type.INT if self.value.is_integer() else Type.REAL

    @property
    def dimensions(self) -> tuple[int | str, ...]:
        return ()


OTHER = "other "
"""What a state is called that stands for an output of the same round, before the name of that."""


@dataclass(frozen=True)
class Held:
    """What a state of the loop was when the round began."""

    state: str
    type: Type
    dimensions: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Apply:
    """One output of a skill. tag: tells copies of one value apart."""

    op: Op
    arguments: tuple[Node, ...]
    tag: str = ""

    @property
    def type(self) -> Type:
        return self.op.result.type

    @property
    def dimensions(self) -> tuple[int | str, ...]:
        """In the caller's terms."""
        return result_dimensions(self.op, self.arguments)


Node = Leaf | Number | Held | Apply


def result_dimensions(op: Op, arguments: tuple[Node, ...]) -> tuple[int | str, ...]:
    """The dimensions of a result in the caller's terms: those of the callee are arguments."""
    given = {slot.name: node for slot, node in zip(op.arguments, arguments, strict=True)}
    return tuple(size_name(given[part]) if isinstance(part, str) else part for part in op.result.shape.dimensions)


def size_name(node: Node) -> int | str:
    """What a dimension is called that this value gives: a number, or the constant that holds it."""
    if isinstance(node, Number):
        return int(node.value)
    return node.piece if isinstance(node, Leaf) else ""


def size_node(size: int | str) -> Node:
    """A dimension as a value."""
    return Leaf(size, Type.INT) if isinstance(size, str) else Number(float(size))


@dataclass(frozen=True)
class State:
    """What a loop carries: its value after each round, and at the start."""

    next: Node
    start: Node = field(default_factory=lambda: Number(0.0))


@dataclass(frozen=True)
class Graph:
    """A straight line, or a loop.

    outputs: the value of each output slot, of loops in each round. moving: the outputs that move on by so many rows
    with each round. until: the state that ends the loop when it is <= 0 after a round. carried: the state that an
    output is. after: outputs computed after the loop, from what its outputs hold (leaves named like them).
    """

    outputs: Mapping[str, Node]
    moving: Mapping[str, int] = field(default_factory=dict)
    count: int | str = 1
    until: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    carried: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, Node] = field(default_factory=dict)

    @property
    def loops(self) -> bool:
        return self.count != 1 or bool(self.until)

    @property
    def roots(self) -> list[Node]:
        """What the loop computes, and what ends it."""
        ends = [Held(self.until, self.states[self.until].next.type)] if self.until else []
        return [*self.outputs.values(), *ends]

    @property
    def used(self) -> list[str]:
        """The states that count: those that are outputs, and those that are read."""
        return list(dict.fromkeys([*self.carried.values(), *states_used(reached(self, self.roots))]))

    @property
    def size(self) -> int:
        """How many steps there are, without copies."""
        nodes = reached(self, [*self.roots, *self.after.values()])
        return sum(1 for node in nodes if isinstance(node, Apply)) + len(self.before)

    @property
    def before(self) -> dict[str, Apply]:
        """What is computed before the loop, by name."""
        nodes = reached(self, self.roots)
        return {node.piece: node.of for node in nodes if isinstance(node, Leaf) and node.of is not None}


def reached(graph: Graph, roots: list[Node]) -> list[Node]:
    """All nodes that these rest on, each after its arguments; what states become comes last."""
    found: dict[Node, None] = {}
    states: list[str] = []

    def visit(node: Node) -> None:
        if node in found:
            return
        if isinstance(node, Apply):
            for argument in node.arguments:
                visit(argument)
        elif isinstance(node, Held) and node.state not in states:
            states.append(node.state)
        found[node] = None

    for root in roots:
        visit(root)
    states += [state for state in graph.carried.values() if state not in states]
    done = 0
    while done < len(states):
        visit(graph.states[states[done]].next)
        done += 1
    return list(found)


def with_held(node: Node, of: Callable[[Held], Node]) -> Node:
    """A value with something else in place of what states hold."""
    if isinstance(node, Held):
        return of(node)
    if isinstance(node, Apply):
        return replace(node, arguments=tuple(with_held(part, of) for part in node.arguments))
    return node


def states_used(nodes: list[Node]) -> Iterator[str]:
    """The states that nodes read, each once."""
    yield from dict.fromkeys(node.state for node in nodes if isinstance(node, Held))


# Copies


class CannotCopyError(Exception):
    """No part of the problem copies a value of this type."""


_WITH_ZERO = (Kernel.ADD, Kernel.SUB, Kernel.OR, Kernel.XOR, Kernel.FADD, Kernel.FSUB)
_WITH_ITSELF = (Kernel.MAX, Kernel.MIN, Kernel.AND, Kernel.FMAX, Kernel.FMIN)


_OLD_LESS = (Kernel.SUBLEQ, Kernel.FSUBLEQ)


def copy_of(node: Node, to: Type, ops: Ops, tag: str = "") -> Apply:
    """Steps that give the value of a node once more, as a value of at most the type `to`. Raises CannotCopyError."""
    fits = _copying(node, to, ops)
    found = _vector_copy(node, fits, tag) if node.dimensions else _copy(node, to, fits, ops, tag)
    if found is not None:
        return found
    less = next((op for op in fits if op.kernel in _OLD_LESS), None)
    if less is None or node.dimensions:
        raise CannotCopyError(f"no part copies a value of type {node.type}")
    zero = Number(0.0)
    return Apply(less, (Apply(less, (node, zero), tag), zero), tag)


def clearing_op(to: Type, ops: Ops) -> Op | None:
    """An operation that makes a piece 0 by its old value less itself; None where another gives a 0."""
    zero = Number(0.0)
    fits = _copying(zero, to, ops)
    if _copy(zero, to, fits, ops, "") is not None:
        return None
    return next((op for op in fits if op.kernel in _OLD_LESS), None)


def _copying(node: Node, to: Type, ops: Ops) -> list[Op]:
    """The operations that may read a value of this type and give one of the type `to`."""
    return [
        op
        for op in ops.all
        if rank(op.result.type) <= rank(to)
        and all(rank(slot.type) >= rank(node.type) for slot in op.arguments if slot.name not in op.card.dimensions)
    ]


def _copy(node: Node, to: Type, fits: list[Op], ops: Ops, tag: str) -> Apply | None:
    """One step that copies a single cell."""
    for op in fits:
        if op.kernel == Kernel.MOV:
            return Apply(op, (node,), tag)
    if isinstance(node, Number):
        for op, value in ops.constants:
            if value == node.value and rank(op.result.type) <= rank(to):
                return Apply(op, (), tag)
    zero = Number(0.0)
    for op in fits:
        if op.kernel in _WITH_ZERO and 0.0 in ops.problem.numbers:
            return Apply(op, (node, zero), tag)
        if op.kernel in _WITH_ITSELF:
            return Apply(op, (node, node), tag)
    return None


def _vector_copy(node: Node, fits: list[Op], tag: str) -> Apply | None:
    """By a skill that gives its one argument, besides sizes, as it is."""
    for op in fits:
        parts = op.result.shape.dimensions
        if op.copies and len(parts) == len(node.dimensions):
            sizes = dict(zip(parts, node.dimensions, strict=True))
            values = {slot.name: size_node(sizes[slot.name]) for slot in op.arguments if slot.name in sizes}
            return Apply(op, tuple(values.get(slot.name, node) for slot in op.arguments), tag)
    return None
