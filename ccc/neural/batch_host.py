"""The host's part for many programs at once: input values in, output values out, and no step for what has stopped.

It knows the programs by their lanes: the rows of CPU and ports of each, which an engine keeps and takes further.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from ccc.machine import Image, Register, State
from ccc.neural.codec import CPU_TOKEN, OUTPUT_TOKEN
from ccc.neural.model import Model, constructed
from ccc.neural.patterns import HIT, TAKEN, VALUE
from ccc.neural.threads import torch_threads


class Lanes(Protocol):
    """Programs of one model that run side by side."""

    def others(self) -> Tensor:
        """The rows of CPU, input port and output port: [lanes, 3, width]."""

    def step(self, inputs: Tensor) -> None:
        """One step of each program. inputs: [lanes, 2], the next input value (0 where there is none), the end flag."""

    def keep(self, lanes: Tensor) -> None:
        """Go on with the programs `lanes` (int64 [k]) alone, in this order."""

    def values(self, lane: int) -> Tensor:
        """What the cells of one program hold: [its size]."""

    def snapshot(self) -> Any:
        """A copy of everything that the next step depends on."""

    def restore(self, snapshot: Any) -> None:
        """Take up what `snapshot` copied, and leave it as it is."""


MakeLanes = Callable[[Model, Sequence[State]], Lanes]


class LaneRun:
    """Programs of one model, from their start to their end."""

    def __init__(
        self, model: Model, images: Sequence[Image], inputs: Sequence[Sequence[float]], make: MakeLanes
    ) -> None:
        """Raises WeightsError or ImageError where weights, an image or its inputs do not fit."""
        self._at = model.directions
        for image in {id(image): image for image in images}.values():
            model.check_fits(image)
        numbers = [image.check_inputs(values) for image, values in zip(images, inputs, strict=True)]
        self._codec = model.codec
        self._lanes = make(model, [image.state for image in images])
        device = self._lanes.others().device
        table = torch.zeros(len(images), max(map(len, numbers)) + 1, dtype=torch.float64)
        for row, values in zip(table, numbers, strict=True):
            row[: len(values)] = torch.from_numpy(values)
        self._inputs = table.to(device)
        self._counts = torch.tensor([len(values) for values in numbers], device=device)
        self._programs = torch.arange(len(images), device=device)  # the program in each lane
        self._consumed = torch.zeros(len(images), dtype=torch.int64, device=device)
        self._ended: dict[int, State] = {}
        self.outputs: list[list[float]] = [[] for _ in images]

    def run(self, max_steps: int) -> list[int]:
        """Execute up to `max_steps` instructions of each program; return how many were, program by program."""
        executed = torch.zeros(len(self.outputs), dtype=torch.int64, device=self._programs.device)
        with torch.no_grad():
            for _ in range(max_steps):
                self._retire()
                if not len(self._programs):
                    break
                self._step(executed)
        counts: list[int] = executed.tolist()
        return counts

    def _retire(self) -> None:
        """Let the programs go that have stopped, so that they cost nothing from now on."""
        registers = self._lanes.others()[:, CPU_TOKEN]
        stopped = (registers[:, self._at[Register.PC.label]] < 0) | (registers[:, self._at[Register.FAULT.label]] != 0)
        if not bool(stopped.any()):
            return
        for lane in stopped.nonzero().squeeze(-1).tolist():
            self._ended[int(self._programs[lane])] = self._state(lane)
        left = (~stopped).nonzero().squeeze(-1)
        self._lanes.keep(left)
        self._programs = self._programs[left]

    def _step(self, executed: Tensor) -> None:
        programs = self._programs
        consumed = self._consumed[programs]
        exhausted = consumed >= self._counts[programs]
        self._lanes.step(torch.stack([self._inputs[programs, consumed], exhausted.to(torch.float64)], dim=1))
        others = self._lanes.others()
        put_out = others[:, OUTPUT_TOKEN, self._at[HIT]] != 0
        if bool(put_out.any()):
            values = others[put_out, OUTPUT_TOKEN, self._at[VALUE]].tolist()
            for program, value in zip(programs[put_out].tolist(), values, strict=True):
                self.outputs[program].append(value)
        self._consumed[programs] += (others[:, CPU_TOKEN, self._at[TAKEN]] != 0) & ~exhausted
        executed[programs] += others[:, CPU_TOKEN, self._at[Register.FAULT.label]] == 0

    def _state(self, lane: int) -> State:
        registers = self._codec.registers(self._lanes.others()[lane].cpu())
        return State(self._lanes.values(lane).detach().cpu().numpy().copy(), registers)

    def states(self) -> list[State]:
        """Copies of the present states, program by program."""
        running = {program: self._state(lane) for lane, program in enumerate(self._programs.tolist())}
        return [running[p] if p in running else self._ended[p].copy() for p in range(len(self.outputs))]

    @property
    def consumed(self) -> list[int]:
        """How many input values each program has taken."""
        counts: list[int] = self._consumed.tolist()
        return counts

    def snapshot(self) -> Any:
        """Where the run stands, for `restore`."""
        outputs = [list(values) for values in self.outputs]
        return self._lanes.snapshot(), self._programs, self._consumed.clone(), dict(self._ended), outputs

    def restore(self, snapshot: Any) -> None:
        """Go on from where this run stood when `snapshot` was taken, bit for bit."""
        lanes, self._programs, consumed, ended, outputs = snapshot
        self._lanes.restore(lanes)
        self._consumed, self._ended = consumed.clone(), dict(ended)
        self.outputs = [list(values) for values in outputs]


class LaneBatch:
    """A `BatchExecutor` made of lanes: programs that can run side by side do, group by group.

    model: the weights of all programs, or None to construct those of each one's dialect and width. threads: torch's.
    """

    def __init__(
        self, name: str, make: MakeLanes, together: Callable[[Image], Hashable], model: Model | None, threads: int
    ) -> None:
        self.name = name
        self._make, self._together = make, together
        self._given, self._threads = model, threads
        self._groups: list[tuple[list[int], LaneRun]] = []
        self._count = 0

    def start(self, images: Sequence[Image], inputs: Sequence[Sequence[float]] | None = None) -> None:
        """Begin at the images' states, each with its inputs waiting. Raises WeightsError or ImageError."""
        waiting = inputs if inputs is not None else [()] * len(images)
        groups: dict[Hashable, list[int]] = {}
        for number, (image, _) in enumerate(zip(images, waiting, strict=True)):
            groups.setdefault((image.dialect.name, image.width, self._together(image)), []).append(number)
        self._count = len(images)
        self._groups = []
        for numbers in groups.values():
            first = images[numbers[0]]
            model = self._given or constructed(first.dialect, first.width)
            own, values = [images[n] for n in numbers], [waiting[n] for n in numbers]
            self._groups.append((numbers, LaneRun(model, own, values, self._make)))

    def run(self, max_steps: int) -> list[int]:
        """Execute up to `max_steps` instructions of each program; return how many were, program by program."""
        with torch_threads(self._threads):
            return self._collect([run.run(max_steps) for _, run in self._groups])

    def states(self) -> list[State]:
        """Copies of the present states."""
        return self._collect([run.states() for _, run in self._groups])

    def outputs(self) -> list[list[float]]:
        """Everything that each program has put out so far."""
        return self._collect([[list(values) for values in run.outputs] for _, run in self._groups])

    def runs(self) -> list[LaneRun]:
        """The groups' runs."""
        return [run for _, run in self._groups]

    def _collect(self, parts: Sequence[Sequence[Any]]) -> list[Any]:
        """What the groups gave, in the order of the programs."""
        found: list[Any] = [None] * self._count
        for (numbers, _), values in zip(self._groups, parts, strict=True):
            for number, value in zip(numbers, values, strict=True):
                found[number] = value
        return found
