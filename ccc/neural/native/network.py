"""A network as machine code, ready to be called: made from a model, or taken from the cache without loading torch."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import llvmlite
import llvmlite.binding as llvm

from ccc.files import read_bytes
from ccc.isa import Dialect
from ccc.neural.native import cache
from ccc.neural.native.abi import Counter, Status
from ccc.neural.native.interface import Array, Interface
from ccc.neural.native.machine_code import processor, target_machine

if TYPE_CHECKING:
    from ccc.neural.model import Model

_POINTER = ctypes.c_void_p
_SIGNATURE = ctypes.CFUNCTYPE(
    ctypes.c_int64, _POINTER, ctypes.c_int64, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER
)
_MAX_FILE = 1 << 30
_MAKES_WEIGHTS = ("isa", "machine", "neural")


class Network:
    """Machine code in memory. interface: how to call it."""

    def __init__(self, code: bytes, interface: Interface) -> None:
        self.interface = interface
        self._compiler = llvm.create_lljit_compiler(target_machine())
        builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol("run")
        self._library = builder.link(self._compiler, "network")
        self._function = _SIGNATURE(self._library["run"])

    def run(self, cells: Array, rows: Array, inputs: Array, outputs: Array, guesses: Array, counters: Array) -> Status:
        """Run until something stops it; see `frame`. The arrays are contiguous, float64, counters int64."""
        arrays = (rows, inputs, outputs, guesses, counters)
        assert all(array.flags.c_contiguous for array in (cells, *arrays)), "machine code needs contiguous arrays"
        assert len(cells) > 0
        assert len(inputs) == counters[Counter.INPUTS] + 1
        assert len(outputs) >= counters[Counter.ROOM]
        pointers = [array.ctypes.data for array in arrays]
        return Status(self._function(cells.ctypes.data, len(cells), *pointers))


def network_of(model: Model, *, checksum: bool) -> Network | None:
    """Machine code for the weights of `model`, or None where their structure can't be lowered."""
    return _network(_identity(model), model, checksum)


@lru_cache(maxsize=16)
def constructed_network(dialect: Dialect, word: int, *, checksum: bool) -> Network | None:
    """Machine code for the constructed weights; torch is loaded only where the cache has none."""

    def load() -> Model:
        from ccc.neural.model import constructed

        return constructed(dialect, word)

    return _indexed(("constructed", dialect.name, word), load, checksum)


def network_of_file(path: Path, *, checksum: bool) -> Network | None:
    """Machine code for the weights in a file; torch is loaded only where the cache has none.

    Raises FileError or WeightsError where the file cannot be read or is not sound.
    """

    def load() -> Model:
        from ccc.neural.weights import read_weights

        return read_weights(path)

    return _indexed(("file", hashlib.sha256(read_bytes(path, _MAX_FILE)).hexdigest()), load, checksum)


def _indexed(source: tuple[object, ...], load: Callable[[], Model], checksum: bool) -> Network | None:
    """Machine code for weights that need not be loaded where the cache knows which they are."""
    index = cache.key_of(("index", cache.digest_of_sources(_MAKES_WEIGHTS), *source))
    found = cache.load(index)
    network = None if found is None else _from_cache(str(found[0].get("weights")), checksum)
    if network is None:
        model = load()
        network = network_of(model, checksum=checksum)
        cache.store(index, {"weights": _identity(model)}, b"")
    return network


def _identity(model: Model) -> str:
    """What decides the machine code of a model: its checksum, and whether its memory limit is that of sound weights."""
    return model.checksum + (" perturbed" if model.perturbed else "")


def _key(weights: str, checksum: bool) -> str:
    sources = cache.digest_of_sources(_MAKES_WEIGHTS)
    return cache.key_of(("code", weights, sources, llvmlite.__version__, llvm.llvm_version_info, processor(), checksum))


def _from_cache(weights: str, checksum: bool) -> Network | None:
    found = cache.load(_key(weights, checksum))
    if found is None:
        return None
    try:
        return Network(found[1], Interface.from_json(found[0]["interface"]))
    except (KeyError, TypeError, ValueError, RuntimeError):
        return None


_loaded: dict[tuple[str, bool], Network | None] = {}
_MOST_LOADED = 64


def _network(weights: str, model: Model, checksum: bool) -> Network | None:
    key = (weights, checksum)
    if key not in _loaded:
        if len(_loaded) >= _MOST_LOADED:
            _loaded.pop(next(iter(_loaded)))
        _loaded[key] = _from_cache(weights, checksum) or _make(model, weights, checksum)
    return _loaded[key]


def _make(model: Model, weights: str, checksum: bool) -> Network | None:
    from ccc.neural.native.compile import lower
    from ccc.neural.native.tokens import NotLowered

    try:
        code, interface = lower(model, checksum=checksum)
    except NotLowered:
        return None
    cache.store(_key(weights, checksum), {"interface": interface.to_json()}, code)
    return Network(code, interface)
