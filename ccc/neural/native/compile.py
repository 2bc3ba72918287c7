"""Lowering a model: its sublayers read off the tensors, one function written, machine code made of it."""

from __future__ import annotations

from llvmlite import ir

from ccc.machine import MAX_CELLS, word_range
from ccc.neural.certificate import memory_limit
from ccc.neural.layers import GatedFeedForward, MixtureOfExperts
from ccc.neural.model import Model
from ccc.neural.native.abi import first_carried
from ccc.neural.native.frame import Plan
from ccc.neural.native.function import build_function
from ccc.neural.native.interface import Interface
from ccc.neural.native.machine_code import compile_ir
from ccc.neural.native.profile import profile
from ccc.neural.native.tensors import sublayer
from ccc.neural.native.tokens import NotLowered
from ccc.neural.native.values import MAX
from ccc.neural.reach import experts_are_silent, feed_forward_is_silent, quiet_cell

_MOST_CARRIED = 200
_UNCERTAIN = 1 << 20  # cells: scores of 2^51 and less, which any weights round by less than 1


def lower(model: Model, *, checksum: bool = False) -> tuple[bytes, Interface]:
    """Machine code for the weights of `model`, and how to call it. Raises NotLowered."""
    text, interface = lower_to_ir(model, checksum=checksum)
    return compile_ir(text), interface


def lower_to_ir(model: Model, *, checksum: bool = False) -> tuple[str, Interface]:
    """The intermediate code of `run`, and how to call it. Raises NotLowered."""
    _check_quiet(model)
    layers = [sublayer(layer) for layer in model.transformer.sublayers]
    limit = MAX if model.dialect.extended else float(-word_range(model.word)[0])
    carried = first_carried(model.directions)
    expected = profile(model).expected
    framed = profile(model, framed=True).expected if model.dialect.extended else None
    while len(carried) < _MOST_CARRIED:
        module = ir.Module("network")
        missing = build_function(
            module, Plan(layers, model.directions, model.width, carried, limit, checksum, expected, framed)
        )
        if not missing:
            dialect, memory = model.dialect.name, _largest_memory(model)
            return str(module), Interface(model.directions, model.width, carried, limit, dialect, model.word, memory)
        carried = (*carried, *sorted(missing))
    raise NotLowered("too much that passes from step to step")


def _largest_memory(model: Model) -> int:
    """In how many cells scores are computed without rounding, or so little of it that no margin is at stake."""
    if model.perturbed:
        return _UNCERTAIN
    limit = memory_limit(model.transformer, model.layers, model.directions)
    return min(limit.cells if limit else MAX_CELLS, MAX_CELLS)


def _check_quiet(model: Model) -> None:
    """Cells that nothing is written to must leave every feed-forward sublayer and mixture as they entered it."""
    kind = quiet_cell(model.directions, model.width)
    for layer in model.transformer.sublayers:
        loud = isinstance(layer, GatedFeedForward) and not feed_forward_is_silent(layer, kind)
        if loud or (isinstance(layer, MixtureOfExperts) and not experts_are_silent(layer, kind)):
            raise NotLowered("a sublayer that changes cells which nothing is written to")
