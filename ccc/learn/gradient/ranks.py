"""Processes that share the restarts of a batch, started by torchrun on one machine or on several.

All of them go the same way: each trains its share, and looks are put together on all. What only one can say, whether
time is left and whether a program is verified, is said by the first. Tensors and JSON are sent, nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor

from ccc.errors import CccError, UsageError

T = TypeVar("T")

GO_ON, SAVE, END = 1, 2, 3
"""What the first process says to the others after each look: train on, send what you hold, that was all."""
_PATIENCE = timedelta(days=31)
"""The others wait for the first while it verifies. One that is lost closes its connections, which ends all at once."""


class LostError(UsageError):
    """Another process of the training has ended."""


class Ranks:
    """One process alone."""

    number, count = 0, 1

    @property
    def first(self) -> bool:
        return self.number == 0

    def share(self, total: int) -> range:
        """What of so many this process does: as many as the others, or one more."""
        return _share(total, self.number, self.count)

    def gather(self, part: Tensor, total: int) -> Tensor:
        """What all processes have of so many rows, in order, on all of them. part: the rows of the share."""
        return part

    def any(self, flag: bool) -> bool:
        """Whether one of the processes says so."""
        return flag

    def word(self, word: int) -> int:
        """What the first process says."""
        return word

    def told(self, found: tuple[Any, Mapping[str, Tensor]] | None) -> tuple[Any, Mapping[str, Tensor]] | None:
        """What the first process has: an object of JSON and tensors of doubles, or nothing."""
        return found

    def agree(self, make: Callable[[], tuple[T, str]]) -> T:
        """What `make` makes beside a text that must be the same in all processes.

        Raises what it raises in the first process where it raises anything in one of them, UsageError where the texts
        are not the same.
        """
        return make()[0]

    def close(self, *, all_well: bool) -> None:
        """The end. all_well: the others wait for a word."""


ALONE = Ranks()


class Group(Ranks):
    """One of several processes, which torchrun says in the environment. Raises UsageError where they do not meet."""

    def __init__(self) -> None:
        from torch import distributed

        self._net = distributed
        try:
            distributed.init_process_group("gloo", timeout=_PATIENCE)
        except (RuntimeError, ValueError, OSError) as error:
            raise UsageError(f"the processes of torchrun do not meet: {str(error)[:200]}") from None
        self.number, self.count = distributed.get_rank(), distributed.get_world_size()

    def gather(self, part: Tensor, total: int) -> Tensor:
        most = -(-total // self.count)
        padded = torch.zeros(most, *part.shape[1:], dtype=part.dtype)
        padded[: len(part)] = part.detach()
        every = [torch.empty_like(padded) for _ in range(self.count)]
        self._do(lambda: self._net.all_gather(every, padded))
        return torch.cat([rows[: len(_share(total, number, self.count))] for number, rows in enumerate(every)])

    def any(self, flag: bool) -> bool:
        found = torch.tensor([int(flag)])
        self._do(lambda: self._net.all_reduce(found))
        return bool(found.item())

    def word(self, word: int) -> int:
        said = torch.tensor([word])
        self._do(lambda: self._net.broadcast(said, 0))
        return int(said.item())

    def told(self, found: tuple[Any, Mapping[str, Tensor]] | None) -> tuple[Any, Mapping[str, Tensor]] | None:
        shapes = {name: list(part.shape) for name, part in found[1].items()} if found is not None else {}
        header, shapes = json.loads(self._text(json.dumps([found and found[0], shapes])))
        if header is None:
            return None
        tensors = {}
        for name, shape in shapes.items():
            part = torch.empty(shape, dtype=torch.float64)
            if found is not None:
                part.copy_(found[1][name])
            self._do(lambda part=part: self._net.broadcast(part, 0))  # type: ignore[misc]
            tensors[name] = part
        return header, tensors

    def agree(self, make: Callable[[], tuple[T, str]]) -> T:
        failed: CccError | None = None
        try:
            made, text = make()
        except CccError as error:
            failed, text = error, error.render()
        answers = self._texts(json.dumps([failed is None, text]))
        good = [json.loads(answer) for answer in answers]
        if not self.first and (failed is not None or any(answer != [True, good[0][1]] for answer in good)):
            raise LostError("the first process says why")
        if failed is not None:
            raise failed
        for number, (well, said) in enumerate(good):
            if not well:
                raise UsageError(f"process {number} of the training cannot begin: {said.removeprefix('error: ')}")
            if said != good[0][1]:
                hint = "every machine needs the same spec, skills, options and version of ccc"
                raise UsageError(f"process {number} of the training has another task than the first", hint)
        return made

    def close(self, *, all_well: bool) -> None:
        if all_well:
            if self.first:
                self.word(END)
            self._net.destroy_process_group()

    def _text(self, text: str) -> str:
        """The text of the first process."""
        raw = torch.tensor(list(text.encode()), dtype=torch.uint8)
        size = self.word(len(raw))
        raw = raw if self.first else torch.empty(size, dtype=torch.uint8)
        self._do(lambda: self._net.broadcast(raw, 0))
        return raw.numpy().tobytes().decode()

    def _texts(self, text: str) -> list[str]:
        """The texts of all."""
        raw = torch.tensor(list(text.encode()), dtype=torch.uint8)
        sizes = self.gather(torch.tensor([len(raw)]), self.count).tolist()
        padded = torch.zeros(1, max(sizes), dtype=torch.uint8)
        padded[0, : len(raw)] = raw
        rows = self.gather(padded, self.count)
        return [row[:size].numpy().tobytes().decode() for row, size in zip(rows, sizes, strict=True)]

    @staticmethod
    def _do(collective: Callable[[], object]) -> None:
        """Raises LostError where another process has gone."""
        try:
            collective()
        except RuntimeError:
            hint = "what it said stands in its output; `--resume` goes on from what was kept"
            raise LostError("training ends, as another of its processes has ended", hint) from None


def _share(total: int, number: int, count: int) -> range:
    return range(total * number // count, total * (number + 1) // count)


def join() -> Ranks:
    """The processes that torchrun has started, if it has started this one and others."""
    said = os.environ.get("WORLD_SIZE", "")
    return Group() if said.isdecimal() and int(said) > 1 and "RANK" in os.environ else ALONE
