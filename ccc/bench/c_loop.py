"""The plain SUBLEQ loop in C that the engines stand beside: compiled here, with gcc -O3, run as a process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ccc.bench.processes import ProcessError, compile_c, find_gcc, run_binary
from ccc.bench.programs import C_LOOP, checkout
from ccc.bench.timing import Run
from ccc.machine import Image


@contextmanager
def c_loop(image: Image, say: Callable[[str], None]) -> Iterator[Callable[[int], Run] | None]:
    """A function that runs `image` in C with one input value; None, with the reason told to `say`, where there is none.

    image: plain SUBLEQ whose cells are integers.
    """
    with tempfile.TemporaryDirectory() as folder:
        binary, cells = Path(folder) / "loop", Path(folder) / "cells"
        gcc = find_gcc()
        if gcc is None:
            say("there is no gcc here, so the figures of the C loop are left out")
            yield None
            return
        try:
            compile_c(gcc, checkout() / C_LOOP, binary)
        except ProcessError as error:
            say(f"the figures of the C loop are left out: {error.message}")
            yield None
            return
        cells.write_text(" ".join(str(int(value)) for value in image.state.cells), encoding="utf-8")

        def run(value: int) -> Run:
            steps, seconds, last = run_binary(binary, [str(cells), str(value)]).split()
            return Run(int(steps), float(seconds), float(last))

        yield run
