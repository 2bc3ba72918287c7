"""Lowering one step: the sublayers in order, along every path that the routers open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from llvmlite import ir

from ccc.neural.native.attention import attend
from ccc.neural.native.emitter import WORD, Emitter
from ccc.neural.native.feed_forward import add_update, feed_forward
from ccc.neural.native.router import deciding, expert_for
from ccc.neural.native.tensors import Heads, Mixture, Sublayer, Units
from ccc.neural.native.tokens import Hit, Machine, NotLowered, Path, Row, Token
from ccc.neural.native.values import Value
from ccc.neural.native.write_back import cells_attend

Expected = Callable[[int, int, int], bool | None]
"""Whether a gate is expected to be open: by case, sublayer and unit, as `Profile.expected` says."""


def nothing_expected(case: int, layer: int, unit: int) -> None:
    """No gate is expected to be open or shut."""


Finish = Callable[[Path], None]
"""Writes the end of a step on a path; the block is left with a branch."""


class StepLowering:
    """Lowers a stack of sublayers. finish: what ends a path. expected: see `Profile.expected`."""

    def __init__(
        self,
        emitter: Emitter,
        layers: Sequence[Sublayer],
        machine: Machine,
        finish: Finish,
        expected: Expected = nothing_expected,
    ) -> None:
        self._emitter = emitter
        self._expected = expected
        self._layers = layers
        self._machine = machine
        self._finish = finish

    def lower(self, path: Path, start: int = 0) -> None:
        """The sublayers from `start` on, then the end. Raises NotLowered."""
        for index in range(start, len(self._layers)):
            layer = self._layers[index]
            if isinstance(layer, Units):
                self._feed_forward(layer, path, index)
            elif isinstance(layer, Heads):
                self._attention(layer, path, index)
            elif self._mixture(layer, path, index):
                return
        self._finish(path)

    def _attention(self, layer: Heads, path: Path, index: int) -> None:
        if path.hits:
            raise NotLowered("attention after a write-back")
        emitter = self._emitter
        cells_attend(emitter, layer, path, self._machine, index + 1)
        received: list[list[Value]] = []
        for token in Token:
            flat: list[Value] = []
            for head in layer.heads:
                flat += attend(emitter, head, token, path, self._machine)
            received.append(flat)
        for row, flat in zip(path.rows, received, strict=True):
            add_update(emitter, layer.out, flat, row)

    def _mixture(self, layer: Mixture, path: Path, index: int) -> bool:
        """True where the routing splits the path, so that its rest is lowered by the branches."""
        for token in (Token.INPUT, Token.OUTPUT):
            if deciding(layer, path.rows[token]) is not None:
                raise NotLowered("a port whose expert is not known")
            self._expert(layer, expert_for(layer, path.rows[token]), path.rows[token])
        row = path.rows[Token.CPU]
        found = deciding(layer, row)
        if found is None:
            expert = expert_for(layer, row)
            path.case = expert if path.case < 0 and expert is not None else path.case
            self._expert(layer, expert, row)
            return False
        number, signs = found
        emitter, builder = self._emitter, self._emitter.builder
        choice, is_whole = emitter.whole(number)
        emitter.require(is_whole)
        switch = builder.switch(choice, emitter.abandon)
        for value in range(-1, len(layer.experts) + 1):
            expert = expert_for(layer, row, float(value), signs)
            if expert is None:
                continue
            block = builder.append_basic_block(f"layer{index}_{value}")
            switch.add_case(ir.Constant(WORD, value), block)
            builder.position_at_end(block)
            branch = path.fork()
            branch.substitute(number, float(value))
            branch.case = expert if branch.case < 0 else branch.case
            with emitter.scope():
                self._expert(layer, expert, branch.rows[Token.CPU])
                self.lower(branch, index + 1)
        return True

    def _expert(self, layer: Mixture, expert: int | None, row: Row) -> None:
        if expert is None:
            raise NotLowered("two experts with scores too close to each other")
        for units in layer.experts[expert]:
            feed_forward(self._emitter, units, row)

    def _feed_forward(self, layer: Units, path: Path, index: int) -> None:
        for token, row in zip(Token, path.rows, strict=True):
            if token is Token.CPU:
                feed_forward(self._emitter, layer, row, partial(self._expected, path.case, index))
            else:
                feed_forward(self._emitter, layer, row)

    def finish_hit(self, hit: Hit, value: Value) -> Row:
        """The row of the cell that was hit, which held `value`, after the sublayers that follow its write-back."""
        machine, emitter = self._machine, self._emitter
        row = machine.quiet.row(machine.width, hit.address, hit.square, value)
        for place, update in hit.update.items():
            row[place] = emitter.require_finite(emitter.add(row[place], update))
        for layer in self._layers[hit.next_layer :]:
            if isinstance(layer, Units):
                feed_forward(emitter, layer, row)
            elif isinstance(layer, Mixture):
                if deciding(layer, row) is not None:
                    raise NotLowered("a written cell whose expert is not known")
                self._expert(layer, expert_for(layer, row), row)
        return row
