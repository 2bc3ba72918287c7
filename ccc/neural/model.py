"""A Transformer with everything needed to run it: its weights, the names of its parts, and what they were built for."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ccc.errors import UsageError, WeightsError
from ccc.isa import DIALECTS, Dialect
from ccc.machine import WIDTHS, Image
from ccc.neural.certificate import memory_limit
from ccc.neural.codec import Codec
from ccc.neural.construct_full import construct_full
from ccc.neural.construct_subleq import construct_subleq
from ccc.neural.layers import Transformer
from ccc.neural.materialise import LayerNames, materialise
from ccc.neural.spec import Network

ISAS = ("full", "subleq")


@dataclass(frozen=True)
class Model:
    """Weights and their meaning.

    directions: place in the residual stream by name. word: bits of an integer. perturbed: a weight was changed to see
    what goes wrong.
    """

    transformer: Transformer
    layers: tuple[LayerNames, ...]
    directions: Mapping[str, int]
    width: int
    dialect: Dialect
    word: int
    isa: str
    perturbed: bool = False

    @property
    def codec(self) -> Codec:
        return Codec(self.directions, self.width)

    @property
    def checksum(self) -> str:
        """SHA-256 over all that decides how the model runs: every weight in order, and how they are read."""
        names = [(n.kind, n.counts, [[part.counts for part in parts] for parts in n.experts]) for n in self.layers]
        parts = (self.dialect.name, self.word, self.isa, self.width, sorted(self.directions.items()), names)
        digest = hashlib.sha256(f"{parts}\n".encode())
        for name, tensor in self.transformer.state_dict().items():
            digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()

    def check_fits(self, image: Image) -> None:
        """Raises WeightsError unless these weights run the image: its dialect, its word width, and its memory.

        The memory may have as many cells as every head tells apart (see `certificate.memory`). Nothing else that the
        certificate says is enforced, as weights may be wrong on purpose; and for those that `perturb` has changed
        (`perturbed`) the memory is not either.
        """
        if (image.dialect.name, image.width) != (self.dialect.name, self.word):
            raise WeightsError(
                f"these weights run dialect {self.dialect.name} at {self.word} bits; "
                f"the image is {image.dialect.name} at {image.width}"
            )
        limit = None if self.perturbed else memory_limit(self.transformer, self.layers, self.directions)
        if limit and not limit.cells:
            raise WeightsError(
                f"these weights are exact for no memory: the head {limit.site} does not tell addresses apart",
                "weights that are wrong on purpose say so: dataclasses.replace(model, perturbed=True)",
            )
        if limit and image.size > limit.cells:
            raise WeightsError(
                f"these weights are exact up to {limit.cells:,} cells, as far as the head {limit.site} tells addresses "
                f"apart; the image has {image.size:,}",
                "`ccc weights --certify` shows the limit of every head",
            )


def construct(dialect: Dialect, word: int) -> Model:
    """A model of your own with constructed weights for `dialect` at `word` bits. Raises UsageError on another width."""
    model = constructed(dialect, word)
    return replace(model, transformer=copy.deepcopy(model.transformer))


@lru_cache(maxsize=8)
def constructed(dialect: Dialect, word: int) -> Model:
    """The same, shared by all engines of the process: nobody may change its weights."""
    if word not in WIDTHS:
        raise UsageError(f"no word width {word}", f"known: {', '.join(map(str, WIDTHS))}")
    return from_network(construct_full(dialect, word) if dialect.extended else construct_subleq(dialect, word))


def from_network(network: Network) -> Model:
    """Tensors and names for a construction."""
    transformer, layers = materialise(network)
    dialect = DIALECTS[network.dialect]
    return Model(transformer, layers, network.basis.names, network.basis.size, dialect, network.width, network.isa)
